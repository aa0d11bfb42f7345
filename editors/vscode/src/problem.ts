// What went wrong, in one sentence that a child can show to a grown-up.

export class Problem extends Error {
  /** `details` go to the log, never into a message. */
  constructor(
    sentence: string,
    readonly details = '',
  ) {
    super(sentence);
  }
}

/** Somebody pressed Cancel: nothing needs to be said. */
export class Cancelled extends Error {}

export function stopIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled();
}
