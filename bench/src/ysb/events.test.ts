import { expect, it } from 'vitest';
import { AD_WORLD, AdWorld, jsonOf } from './events.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const EVENTS = 200_000;

it('makes the same event of a number in any order, and others of another seed', () => {
  const there = new AdWorld(7).events();
  const here = new AdWorld(7).events();
  const forth = Array.from({ length: 100 }, (_, n) => there(n));
  const back = Array.from({ length: 100 }, (_, n) => here(99 - n)).reverse();
  expect(back).toEqual(forth);
  expect(new AdWorld(8).events()(0)).not.toEqual(forth[0]);
});

it(`draws evenly of 100 users and pages, 1000 ads of 100 campaigns, 5 and 3 types (seed ${SEED})`, () => {
  const world = new AdWorld(SEED);
  const campaigns = world.campaigns();
  const event = world.events();
  const seen = new Map<string, Map<string, number>>();
  for (let n = 0; n < EVENTS; n++) {
    const { user_id, page_id, ad_id, ad_type, event_type, ip_address } = event(n);
    const campaign = campaigns.get(ad_id) ?? 'none';
    for (const [name, value] of Object.entries({
      user_id,
      page_id,
      ad_id,
      campaign,
      ad_type,
      event_type,
      ip_address,
    })) {
      const counts = seen.get(name) ?? new Map<string, number>();
      seen.set(name, counts.set(value, (counts.get(value) ?? 0) + 1));
    }
  }
  const values = { user_id: 100, page_id: 100, ad_id: 1000, campaign: 100, ad_type: 5, event_type: 3, ip_address: 1 };
  for (const [name, count] of Object.entries(values)) {
    const counts = [...(seen.get(name) ?? new Map<string, number>()).values()];
    const mean = EVENTS / count;
    expect(counts, name).toHaveLength(count);
    // Six times the deviation of a count: wrong once in 10^8.
    for (const n of counts) expect(Math.abs(n - mean), name).toBeLessThanOrEqual(6 * Math.sqrt(mean));
  }
  expect([...(seen.get('event_type')?.keys() ?? [])].sort()).toEqual(['click', 'purchase', 'view']);
});

it(`lets a millisecond pass with each event, give or take 50, and some be late (seed ${SEED})`, () => {
  const event = new AdWorld(SEED).events();
  const start = Number(event(0).event_time);
  let [late, earliest, latest] = [0, 0, 0];
  for (let n = 0; n < 1_000_000; n++) {
    const off = Number(event(n).event_time) - start - n;
    // The first one may be off by 50 itself.
    if (off < -100) late += 1;
    earliest = Math.min(earliest, off);
    latest = Math.max(latest, off);
  }
  expect(earliest).toBeGreaterThan(-60_000 - 100);
  expect(latest).toBeLessThanOrEqual(100);
  // Ten are expected; that there is none, or are 40, happens once in 20,000 seeds.
  expect(late).toBeGreaterThan(0);
  expect(late).toBeLessThan(40);
});

it('writes the JSON of the original', () => {
  const event = AD_WORLD.events()(0);
  const text = jsonOf(event);
  expect(JSON.parse(text)).toEqual(event);
  expect(text).toMatch(
    /^\{"user_id": "[0-9a-f-]{36}", "page_id": "[0-9a-f-]{36}", "ad_id": "[0-9a-f-]{36}", "ad_type": "[a-z-]+", "event_type": "[a-z]+", "event_time": "\d{13}", "ip_address": "1\.2\.3\.4"\}$/,
  );
});
