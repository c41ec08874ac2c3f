// A link, a new tab or a reload begins a new session, which knows nothing of who was chosen in this one. The choice goes
// along in a cookie of this browser, written as one leaves, so that two tabs may act as two people.
(() => {
  const keep = () => {
    const name = document.querySelector("[data-acting]")?.dataset.acting;
    if (name !== undefined)
      document.cookie = `acting=${encodeURIComponent(name)}; path=/; SameSite=Lax${name ? "" : "; max-age=0"}`;
  };
  for (const kind of ["click", "auxclick"])
    addEventListener(kind, (event) => { if (event.target.closest?.("a[href]")) keep(); }, true);
  addEventListener("pagehide", keep);
})();
