import { type DStream, type State, StateSpec, type StreamingContext } from '@millrace/core';
import { AD_WORLD, type AdEvent, WINDOW_MS } from './events.ts';

/** How often the ads of a campaign were viewed in a window, so far. */
export interface WindowCount {
  readonly campaign: string;
  /** Its beginning, in ms of event time. */
  readonly window: number;
  readonly views: number;
}

type CampaignWindow = readonly [campaign: string, window: number];

/**
 * The benchmark's pipeline behind the parsing. Counts of a batch are added to those of the batches before in keyed state, which
 * stands for the store that the original updates (`HINCRBY` for each campaign and window): windows are of event time, and late
 * events still count in theirs, as they do there. Windows of the engine are of batch time and would count them in others. The
 * rows of a batch are those that an upsert would write.
 */
export function windowCounts(ssc: StreamingContext, events: DStream<AdEvent>): DStream<WindowCount> {
  const campaigns = ssc.broadcast('campaigns', () => AD_WORLD.campaigns());
  const add = ([campaign, window]: CampaignWindow, views: number | null, total: State<number>): WindowCount => {
    total.update((total.getOption() ?? 0) + (views ?? 0));
    return { campaign, window, views: total.get() };
  };
  return events
    .filter(({ event_type }) => event_type === 'view')
    .map(({ ad_id, event_time }): [string, number] => [ad_id, Number(event_time)])
    .joinBroadcast(campaigns)
    .map(([, [time, campaign]]): [CampaignWindow, number] => [[campaign, time - (time % WINDOW_MS)], 1])
    .reduceByKey((a, b) => a + b)
    .mapWithState(StateSpec.function(add));
}
