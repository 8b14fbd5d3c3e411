// What only a browser has: frames, locks, signs of a person.

const drawWithinMs = 250;

/** Draws at most once per frame, or after a while where the page gets no frames: hidden, or covered by another window. */
export const redrawWith = (draw: () => void): (() => void) => {
  let waiting = false;
  const drawOnce = (): void => {
    if (waiting) {
      waiting = false;
      draw();
    }
  };
  return () => {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(drawOnce);
      setTimeout(drawOnce, drawWithinMs);
    }
  };
};

/** One at a time over all tabs, where the browser can; else over this one. */
export const exclusively = async <T,>(work: () => Promise<T>): Promise<T> =>
  // Only secure contexts have locks.
  "locks" in navigator ? ((await navigator.locks.request("chat.session", work)) as T) : work();

/** Did the person do anything since this was last asked? */
export const activitySince = (): (() => boolean) => {
  let active = true;
  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "focus"]) {
    window.addEventListener(sign, () => (active = true), { passive: true, capture: true });
  }
  return () => {
    const was = active;
    active = false;
    return was;
  };
};
