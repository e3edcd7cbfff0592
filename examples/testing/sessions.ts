import { type DStream, type State, StateSpec, seconds } from '@millrace/core';

/** How long a user may be silent before the session is over. */
export const SILENCE = seconds(3);

/** The code under test: from clicks `[user, page]` to one line for each finished session. */
export function sessions(clicks: DStream<[user: string, page: string]>): DStream<string> {
  const track = (user: string, page: string | null, seen: State<string[]>): string | null => {
    const pages = seen.getOption() ?? [];
    // The one call without a page: the session has timed out.
    if (page === null) return `${user} saw ${pages.join(', ')}`;
    seen.update([...pages, page]);
    return null;
  };
  return clicks
    .mapWithState(StateSpec.function(track).timeout(SILENCE), { timeoutCheckInterval: seconds(1) })
    .filter((line) => line !== null);
}
