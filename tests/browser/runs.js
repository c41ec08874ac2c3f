// Knows from the messages between the browser and the server whether the page's script has run to its end, which the
// page itself tells only late: between a click and the server's first word, and between two runs of which one asks for
// the next (st.rerun), it shows "not running". `wire`: the numbers of the messages' fields.
(wire) => {
  const runs = (window.runs = { asked: 0, state: "none" });
  let changes = 0, calm = {};

  // The top level of a protobuf message: field -> its number, or 0 for anything else.
  function fieldsOf(data) {
    const bytes = new Uint8Array(data), found = new Map();
    let at = 0;
    const number = () => {
      let value = 0, place = 1, byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * place;
        place *= 128;
      } while (byte & 128);
      return value;
    };
    while (at < bytes.length) {
      const tag = number(), kind = tag % 8;
      const value = kind === 0 || kind === 2 ? number() : 0;
      at += kind === 2 ? value : kind === 1 ? 8 : kind === 5 ? 4 : 0;
      found.set(Math.floor(tag / 8), kind === 0 ? value : 0);
    }
    return found;
  }

  function hear(data) {
    const fields = fieldsOf(data);
    if (fields.has(wire.begun)) runs.state = "running";
    if (!fields.has(wire.over)) return;
    if (fields.get(wire.over) === wire.again) runs.state = "asked";
    // The end of a run that began before the last was asked for is not that one's end.
    else if (runs.state === "running") runs.state = "over";
  }

  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", (message) => message.data instanceof ArrayBuffer && hear(message.data));
    }

    send(data) {
      if (typeof data !== "string" && fieldsOf(data).has(wire.asked)) {
        runs.asked += 1;
        runs.state = "asked";
      }
      super.send(data);
    }
  };

  const everything = { attributes: true, characterData: true, childList: true, subtree: true };
  new MutationObserver(() => { changes += 1; }).observe(document, everything);

  const app = '[data-testid="stApp"]';
  const still = `${app}[data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]`;
  const unfinished = `${app} :is([data-stale="true"], [data-testid="stSkeleton"])`;
  const drawn = { stVegaLiteChart: "svg.marks, canvas.marks", stDataFrame: "canvas", stDeckGlJsonChart: "canvas" };
  const isSeen = (part) => part.getClientRects().length > 0 && !part.closest("details:not([open])");
  const isDrawn = ([kind, ink]) =>
    [...document.querySelectorAll(`[data-testid="${kind}"]`)].every((one) => !isSeen(one) || one.querySelector(ink));

  // Why the page does not stand still yet; "" when it does.
  runs.busy = () => {
    if (runs.state !== "over") return `run ${runs.state}`;
    if (!document.querySelector(still)) return "script running or not connected";
    if (document.querySelector(unfinished)) return "elements unfinished";
    if (!Object.entries(drawn).every(isDrawn)) return "charts not drawn";
    return document.fonts.status === "loaded" ? "" : "fonts not loaded";
  };

  runs.look = () => { calm = { changes, frames: 0, since: performance.now() }; };

  // Asked in every frame after `look`: whether the page stands still and nothing in it changed for some frames. A frame
  // takes long where the machine is busy; where it takes no time, some milliseconds must pass as well.
  runs.isStill = () => {
    if (changes !== calm.changes || runs.busy()) runs.look();
    calm.frames += 1;
    return calm.frames > 3 && performance.now() - calm.since > 100;
  };
}
