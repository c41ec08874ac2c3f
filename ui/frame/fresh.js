// Asks now and then whether there is newer data than the page shows, and has the page run again when its reader is not
// in the middle of something. What was typed, chosen, opened or selected stays.
(() => {
  const EVERY = 20000, QUIET = 8000, THINKING = 60000, LOOK = 1000;
  let newest = "", due = 0, touched = 0, pressed = "", unsent = false, path = location.pathname;

  const lost = () => document.querySelector(".st-key-frame_lost");  // the page has failed: it shows no version
  const box = () => lost() ?? document.querySelector(".st-key-frame_fresh");
  const shown = () => lost() ? "" : box()?.querySelector("[data-version]")?.dataset.version;
  const within = (event, selector) => event.target.closest?.(selector);

  for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"])
    addEventListener(kind, () => { touched = performance.now(); }, { capture: true, passive: true });
  for (const kind of ["input", "change", "click"])
    addEventListener(kind, (event) => {
      if (within(event, '[data-testid="stFormSubmitButton"]')) unsent = false;
      else if (within(event, '[data-testid="stForm"]')) unsent = true;
    }, true);

  function busy() {
    if (path !== location.pathname) { path = location.pathname; unsent = false; }
    const idle = performance.now() - touched;
    if (unsent || idle < QUIET || String(getSelection())) return true;
    // Where somebody writes there is time to think; a field that is left alone for longer was only not left.
    const field = document.activeElement?.matches('input:not([type="radio"], [type="checkbox"]), textarea, [contenteditable="true"]');
    if (field && idle < THINKING) return true;
    return Boolean(document.querySelector('[role="dialog"], [role="listbox"], [data-testid="stPopoverBody"], [data-testid="stFullScreenFrame"] [title="Close fullscreen"]'));
  }

  async function ask() {
    if (document.hidden || !box()) return;
    try {
      const answer = await fetch("/fresh", { cache: "no-store" });
      const { stand } = await answer.json();
      // Not all pages at once: they would ask the same questions in one moment.
      if (stand && stand !== newest) due = performance.now() + Math.random() * EVERY / 2;
      if (!stand) pressed = "";
      newest = stand;
    } catch { /* the page itself says when the server is gone */ }
  }

  function look() {
    const mine = shown(), behind = newest && mine !== undefined && newest !== mine && newest !== pressed;
    const waiting = behind && performance.now() > due;
    if (waiting && !busy() && document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')) {
      pressed = newest;
      box().querySelector("button").click();
      delete document.body.dataset.fresh;
    } else if (waiting) document.body.dataset.fresh = "";
    else if (!behind) delete document.body.dataset.fresh;
  }

  setInterval(ask, EVERY);
  setInterval(look, LOOK);
  document.addEventListener("visibilitychange", ask);
})();
