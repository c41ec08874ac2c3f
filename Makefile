# make run | serve | postgres | clickhouse | check | test | lint | bench | peers | soak | matrix | claims | screenshots; PORT=8501 HOST=0.0.0.0 PYTHON=python3 may be set on the command line.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run serve postgres clickhouse check test lint bench peers soak matrix claims screenshots format

PYTHON ?= python3
HOST ?= 0.0.0.0
PORT ?= 8501
BIN := .venv/bin
REQUIREMENTS := requirements.txt constraints.txt
TYPED := app.py analysis authoring briefs commands data_access demo pages questions scripts ui

help:
	@echo "make run    准备环境和演示数据，启动看板（PORT=$(PORT) HOST=$(HOST)）"
	@echo "make serve  同上，但用几个进程（PROCESSES=$(PROCESSES)）放在 nginx 后面：人多时用"
	@echo "make postgres  在临时的 PostgreSQL 上放一份演示数据（SCALE=0.1），打开看板"
	@echo "make clickhouse  同上，在临时的 ClickHouse（今天的引擎）上"
	@echo "make check  约一分半钟：格式、类型、快测试（不开页面，不起数据库服务）"
	@echo "make test   全部测试（含真实浏览器），截图在 artefacts/"
	@echo "make lint   ruff 与 mypy"
	@echo "make bench  常用查询、每次改筛选、首次打开、几十人同时看各用多少，结果也在 artefacts/bench.json"
	@echo "make peers  同样八个问题的一张看板，本看板、Apache Superset、Vizro 轮流量；各装在自己的环境里（约 1 GB），结果写进 docs/performance.md"
	@echo "make soak   十面大屏在加速的一天里（MINUTES=25），报告内存、空白、漏刷新"
	@echo "make matrix 每个角色走每一扇门（整套测试里只走几扇），找不该看见的字，也核对审计；半小时到一小时"
	@echo "make claims 屏上的每种判断在许多个模拟世界里各错几次，写进 docs/methods.md"
	@echo "make screenshots 重拍 docs/screenshots"
	@echo "make format 按统一格式整理代码"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "需要 Python 3.11 或更高版本（当前：$$($(PYTHON) --version 2>&1 || true)）；可用 make PYTHON=/路径/python3.11 指定"; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "无法建立虚拟环境；Debian/Ubuntu 请先安装 python3-venv"; exit 1; }

# The stamps make a second start instant: pip runs only when a requirements file is newer.
.venv/run.stamp: $(REQUIREMENTS) | $(BIN)/python
	@echo "安装运行依赖 …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt $(REQUIREMENTS) | $(BIN)/python
	@echo "安装开发依赖 …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: .venv/run.stamp
	@$(BIN)/python -m data_access demo --if-missing
	@echo "看板地址：http://localhost:$(PORT)（内网其他电脑请用本机地址；按 Ctrl+C 停止）"
	@exec $(BIN)/python -m streamlit run app.py \
	  --server.headless true --server.address $(HOST) --server.port $(PORT)

PROCESSES ?= 2
serve: .venv/run.stamp
	@scripts/bootstrap
	@$(BIN)/python -m data_access demo --if-missing
	@exec $(BIN)/python -m scripts.serve --host $(HOST) --port $(PORT) --processes $(PROCESSES)

postgres: .venv/dev.stamp
	@scripts/bootstrap
	@HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m scripts.try_server postgres

clickhouse: .venv/dev.stamp
	@HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m scripts.try_server clickhouse

# The types are checked beside the tests. Pages, browsers and servers are left to make test: they take most of the time.
check: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(TYPED) & types=$$!; \
	  $(BIN)/python -m pytest -m "not slow" --ignore tests/browser --ignore tests/pages -p no:playwright -n 2 --durations=0 --durations-min=1; tests=$$?; \
	  wait $$types && exit $$tests

test: .venv/dev.stamp
	@scripts/bootstrap
	@$(BIN)/python -m pytest -n 2

lint: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(TYPED)

format: .venv/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/dev.stamp
	@scripts/bootstrap
	@$(BIN)/python -m data_access demo --if-missing
	@$(BIN)/python -m scripts.bench

peers: .venv/dev.stamp
	@scripts/bootstrap
	@$(BIN)/python -m data_access demo --if-missing
	@$(BIN)/python -m scripts.bench.peers --write

MINUTES ?= 25
soak: .venv/dev.stamp
	@scripts/bootstrap
	@$(BIN)/python -m scripts.soak --minutes $(MINUTES)

matrix: .venv/dev.stamp
	@$(BIN)/python -m pytest tests/matrix --every-door

claims: .venv/dev.stamp
	@$(BIN)/python -m scripts.claims

screenshots: .venv/dev.stamp
	@scripts/bootstrap
	@$(BIN)/python -m scripts.screenshots
