import { AD_WORLD, type AdEvent, WINDOW_MS } from '../ysb/events.ts';
import type { WindowCount } from '../ysb/window-counts.ts';

/** Counts views by campaign and window over all batches; the rows of a batch are those that it has changed. */
export function viewCounts() {
  const campaigns = AD_WORLD.campaigns();
  const store = new Map<string, Map<number, { readonly campaign: string; readonly window: number; views: number }>>();
  return (events: readonly AdEvent[]): WindowCount[] => {
    const changed = new Set<WindowCount>();
    for (const { event_type, ad_id, event_time } of events) {
      if (event_type !== 'view') continue;
      const campaign = campaigns.get(ad_id);
      if (campaign === undefined) continue;
      const time = Number(event_time);
      const window = time - (time % WINDOW_MS);
      let windows = store.get(campaign);
      if (windows === undefined) store.set(campaign, (windows = new Map()));
      let row = windows.get(window);
      if (row === undefined) windows.set(window, (row = { campaign, window, views: 0 }));
      row.views += 1;
      changed.add(row);
    }
    // The store goes on changing its own rows.
    return Array.from(changed, (row) => ({ ...row }));
  };
}
