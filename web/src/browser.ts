// What only a browser has: frames, locks, signs of a person.

const hiddenRedrawMs = 250;

/** Draws at most once per frame; in a page that is not seen, where there are no frames, four times a second. */
export const redrawWith = (draw: () => void): (() => void) => {
  let waiting = false;
  const drawNow = (): void => {
    waiting = false;
    draw();
  };
  return () => {
    if (!waiting) {
      waiting = true;
      void (document.hidden ? setTimeout(drawNow, hiddenRedrawMs) : requestAnimationFrame(drawNow));
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
