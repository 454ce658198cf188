// Asks again and again, one question at a time, while somebody looks.

const running = new Set();
let paused = false;

/// Calls `ask` now and `seconds` (or what that function says) after each answer;
/// `show(answer, error)` gets one of the two. Returns {stop, now}.
export function poll(seconds, ask, show) {
  const one = {timer: 0, asking: false, again: false, stopped: false};
  one.go = async () => {
    clearTimeout(one.timer);
    if (one.asking) {
      one.again = true;
      return;
    }
    one.asking = true;
    one.again = false;
    let answer = null;
    let error = null;
    try {
      answer = await ask();
    } catch (why) {
      error = why;
    }
    one.asking = false;
    if (one.stopped)
      return;
    show(answer, error);
    if (one.again)
      one.go();
    else if (!resting())
      one.timer = setTimeout(one.go, 1000 * (typeof seconds === "function" ? seconds() : seconds));
  };
  running.add(one);
  one.go();
  return {
    stop() {
      one.stopped = true;
      clearTimeout(one.timer);
      running.delete(one);
    },
    now: () => one.go(),
  };
}

export const isPaused = () => paused;

export function setPaused(yes) {
  paused = yes;
  stir();
}

/// Everything that is shown is asked for again: after an act.
export const refresh = () => running.forEach((one) => one.go());

const resting = () => paused || document.hidden;

function stir() {
  for (const one of running)
    if (resting())
      clearTimeout(one.timer);
    else
      one.go();
}

document.addEventListener("visibilitychange", stir);
