// Shows 「停止」 while a run takes long.
(() => {
  const LONG = 4000, LOOK = 500;
  let since = 0;
  setInterval(() => {
    const isRunning = document.querySelector('[data-testid="stApp"][data-test-script-state="running"]');
    since = isRunning ? since || performance.now() : 0;
    if (since && performance.now() - since > LONG) document.body.dataset.slow = "";
    else delete document.body.dataset.slow;
  }, LOOK);
})();
