import type { NexmarkConfig } from './config.ts';
import type { Person } from './events.ts';
import { FIRST_PERSON_ID, lastBase0PersonId } from './ids.ts';
import type { EventRandom } from './random.ts';
import { type Padding, randomText } from './strings.ts';

const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'];
const CITIES = [
  'Phoenix',
  'Los Angeles',
  'San Francisco',
  'Boise',
  'Portland',
  'Bend',
  'Redmond',
  'Seattle',
  'Kent',
  'Cheyenne',
];
const FIRST_NAMES = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter'];
const LAST_NAMES = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris'];

/** The person of an event. */
export function makePerson(
  eventId: number,
  dateTime: number,
  random: EventRandom,
  padding: Padding,
  config: NexmarkConfig,
): Person {
  const oneOf = (list: readonly string[]) => list[random.int(list.length)] as string;
  const name = `${oneOf(FIRST_NAMES)} ${oneOf(LAST_NAMES)}`;
  const emailAddress = `${randomText(random, 7)}@${randomText(random, 5)}.com`;
  const digits = () => String(random.int(10_000)).padStart(4, '0');
  const creditCard = `${digits()} ${digits()} ${digits()} ${digits()}`;
  const city = oneOf(CITIES);
  const state = oneOf(STATES);
  const bytes = 8 + name.length + emailAddress.length + creditCard.length + city.length + state.length;
  return {
    kind: 'person',
    id: lastBase0PersonId(eventId) + FIRST_PERSON_ID,
    name,
    emailAddress,
    creditCard,
    city,
    state,
    dateTime,
    extra: padding.fill(random, bytes, config.avgPersonByteSize),
  };
}
