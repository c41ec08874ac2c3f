// Asks for the screen's figures every few seconds and puts them in place. What stands stays until something better
// is there: a failed request changes nothing but the strip that says so.
(() => {
  const wall = JSON.parse(document.getElementById("wall").textContent);
  const layers = [...document.querySelectorAll(".layer")];
  const strip = document.getElementById("strip"), corner = document.getElementById("corner");
  const failed = new Map(wall.failed);  // screen -> what is said of it, until it is drawn again
  let shown = 0, place = wall.place, good = wall.at, frame = new Date().getHours();

  const say = (words) => {
    strip.textContent = words;
    strip.classList.toggle("shown", Boolean(words));
  };

  function tell() {
    corner.textContent = [...failed.values()].join("；");
    corner.classList.toggle("shown", failed.size > 0);
  }

  async function ask(position) {
    const screen = wall.screens[position], stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 20000);
    try {
      const answer = await fetch(`/wall/${wall.name}/${screen}`, { signal: stop.signal, cache: "no-store" });
      const told = await answer.json();
      if (answer.ok) failed.delete(screen);
      else if (told.screen) failed.set(screen, told.error);
      tell();
      if (!answer.ok) throw Object.assign(new Error(answer.status), { told });
      return told;
    } finally {
      clearTimeout(timer);
    }
  }

  // Only what changed is touched, so nothing blinks and nothing moves.
  function put(layer, html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const keys = (root) => [...root.querySelectorAll("[data-key]")];
    const before = keys(layer), after = keys(fresh.content);
    const alike = before.length === after.length && before.every((one, n) => one.dataset.key === after[n].dataset.key);
    if (!alike) return layer.replaceChildren(fresh.content);
    before.forEach((one, n) => {
      if (one.dataset.source === undefined) one.dataset.source = one.innerHTML;
      if (one.dataset.source === after[n].innerHTML) return;
      one.innerHTML = after[n].innerHTML;
      one.dataset.source = after[n].innerHTML;
      if (one.dataset.number === undefined) return;
      one.classList.remove("changed");
      void one.offsetWidth;
      one.classList.add("changed");
    });
  }

  function note(answer) {
    good = answer.at;
    document.body.className = `${answer.dark ? "dark" : "light"} ${wall.density}`;
    say(answer.late);
    // A newer program behind the same address: start again with it, once a minute at most, since two builds may answer
    // in turns while servers are exchanged one by one.
    if (answer.build !== wall.build && performance.now() > 60000) location.reload();
  }

  // What the server says of a failure is said; without its answer the connection is what failed.
  function lost(error) {
    if (error.told && error.told.closed) return location.reload();
    if (error.told && error.told.screen) return;  // it stands in the corner
    say(`${error.told ? error.told.error : "连接中断"}${good ? `，画面停在 ${good}` : ""}，恢复后自动更新`);
  }

  async function refresh() {
    const at = place;
    try {
      const answer = await ask(at);
      note(answer);
      if (at === place) put(layers[shown], answer.html);
    } catch (error) { lost(error); }
  }

  // A screen that fails is passed over; where all fail, the next one says so.
  async function rotate(way = 1) {
    const count = wall.screens.length;
    let next, html;
    for (let step = 1; step <= count && !html; step += 1) {
      next = (place + way * step + count * step) % count;
      try {
        const answer = await ask(next);
        note(answer);
        html = answer.html;
      } catch (error) {
        lost(error);
        if (!error.told || !error.told.screen) return;
        if (step === count) html = error.told.html;
      }
    }
    const other = layers[1 - shown];
    other.replaceChildren();
    put(other, html);
    show(other);
    other.classList.add("shown");
    layers[shown].classList.remove("shown");
    shown = 1 - shown;
    place = next;
    count_screens();
  }

  // Which screen of how many this is.
  function count_screens() {
    const many = wall.screens.length;
    document.documentElement.dataset.place = many > 1 ? `${place + 1}/${many}` : "";
  }

  // Whoever stands before the wall may turn it by the arrow keys; one turn at a time.
  let turning = false;
  document.addEventListener("keydown", async (event) => {
    const way = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 }[event.key];
    if (!way || turning || wall.screens.length < 2) return;
    turning = true;
    await rotate(way);
    turning = false;
  });

  // Maps that move: each part knows its class and words in every frame.
  function show(layer) {
    layer.querySelectorAll("[data-frames]").forEach((map) => {
      const frames = Number(map.dataset.frames);
      if (frames < 2) return;
      const at = frame % frames;
      map.querySelectorAll("[data-classes]").forEach((part) => {
        part.setAttribute("class", part.dataset.classes.split(" ")[at]);
      });
      map.querySelectorAll("[data-words]").forEach((part) => {
        part.textContent = part.dataset.words.split("|")[at];
      });
    });
  }

  const every = (seconds, work) => setTimeout(async () => { await work(); every(seconds, work); }, seconds * 1000);
  every(wall.refresh, refresh);
  if (wall.screens.length > 1) every(wall.seconds, rotate);
  setInterval(() => { frame += 1; show(layers[shown]); }, 1500);
  show(layers[shown]);
  count_screens();
  tell();
  document.documentElement.dataset.ready = "1";
})();
