"""No text gets round the types of HTML and Markdown (authoring/typed_text.py), and what would is seen."""

from __future__ import annotations

import pytest

from authoring.typed_text import RULES, breaches, drawing


@pytest.mark.parametrize("rule", RULES)
def test_no_text_gets_round_the_types(rule: str) -> None:
    assert len(drawing()) > 40
    found = [breach for path, text in drawing().items() for breach in breaches(rule, path, text)]
    assert not found, "\n".join(found)


MADE, DRAWN, LOST, LITERAL, READ_AS = RULES


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (MADE, "from markupsafe import Markup\nMarkup(f'<b>{unit}</b>')"),
        (MADE, "from markupsafe import Markup as Words"),
        (MADE, "Markdown(unit)"),
        (MADE, "from html import escape"),
        (MADE, "import html"),
        (MADE, "from markupsafe import escape"),
        (MADE, "st.markdown('<b>x</b>', unsafe_allow_html=True)"),
        (DRAWN, "st.html(f'<b>{unit}</b>')"),
        (DRAWN, "st.html('<b>' + unit + '</b>')"),
        (DRAWN, "st.html('<b>{}</b>'.format(unit))"),
        (DRAWN, "st.html(''.join(html('<b>{}</b>', one) for one in units))"),
        (DRAWN, "def draw(lead: str):\n    st.html(lead)"),
        (DRAWN, "lead = f'<b>{unit}</b>'\nst.html(lead)"),
        (LOST, "lead = f'<b>{unit}</b>'"),
        (LOST, "lead = html('<b>{}</b>', unit)\nanswer(f'{lead}。')"),
        (LOST, "f'{bold(unit)}'"),
        (LOST, "'、'.join(bold(unit) for unit in units)"),
        (LOST, "'{}。'.format(bold(unit))"),
        (LITERAL, "html(f'{unit} {{}}', 1)"),
        (LITERAL, "html(lead + '{}', 1)"),
        (LITERAL, "joined(unit, parts)"),
        (LITERAL, "markdown(unit)"),
        (LITERAL, "markdown('{one.label}', one=rule)"),
        (LITERAL, "markdown('{0[unit]:>3}', row)"),
        (LITERAL, "board(desk, empty=f'还没有{unit}')"),
        (READ_AS, "st.info(unit)"),
        (READ_AS, "st.info(f'{unit}没有件')"),
        (READ_AS, "st.info(f'{unit:>9}没有件')"),
        (READ_AS, "st.info(f'{plain(unit)}没有件')"),
        (READ_AS, "st.error(str(refusal))"),
        (READ_AS, "st.caption('，'.join(units))"),
        (READ_AS, "said = '共'\nsaid += unit\nst.caption(said)"),
        (READ_AS, "for unit in units:\n    st.subheader(unit)"),
        (READ_AS, "def show(unit: str):\n    st.subheader(unit)"),
        (READ_AS, "def show(title: LiteralString):\n    title = unit\n    st.subheader(title)"),
        (READ_AS, "st.button('列入', help=unit)"),
        (READ_AS, "st.metric('件数', 1, delta=unit)"),
        (READ_AS, "st.sidebar.markdown(unit)"),
        (READ_AS, "left.markdown(unit)"),
        (READ_AS, "st.radio('单位', units)"),
        (READ_AS, "st.radio('单位', units, format_func=str)"),
        (READ_AS, "st.segmented_control('单位', units, format_func=words.__getitem__)"),
        (READ_AS, "st.tabs([unit, '其他'])"),
    ],
)
def test_what_gets_round_the_types_is_seen(rule: str, source: str) -> None:
    assert breaches(rule, "pages/overview.py", source)


@pytest.mark.parametrize(
    "source",
    [
        "st.html(html('<b>{}</b>', unit))",
        "st.html(joined('、', (bold(unit) for unit in units)))",
        "lead = '第一名' + bold(unit)\nlead += '。'\nst.html(lead)",
        "def draw(lead: Markup):\n    st.html(lead)",
        "st.html(STYLE)",
        "st.info(markdown('{}没有件，{:.1%}', unit, share))",
        "st.info('共' + plain(unit) if unit else '没有')",
        "st.info(f'{count:,} 件，{share:.1%}，截至 {moment(now)}，{SHIFT_LABELS[kind]} {len(rows)} 件')",
        "st.write('\\n'.join(markdown('- {}', unit) for unit in units))",
        "said = f'{count:,} 件'\nst.caption(said)",
        "def board(empty: LiteralString):\n    st.info(empty or markdown('还没有{}', unit))",
        "st.radio('单位', units, format_func=plain)",
        "st.radio('分', [f'{mark:g}' for mark in marks])",
        "st.selectbox('单位', units)",
    ],
)
def test_what_keeps_to_the_types_is_let_be(source: str) -> None:
    assert not [breach for rule in RULES for breach in breaches(rule, "pages/overview.py", source)]
