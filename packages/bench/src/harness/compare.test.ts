import { expect, it } from 'vitest';
import { FloorOutput, type Output, OutputDiffers } from './compare.ts';

const compareOutputs = (contender: string, output: Output, floor: Output) =>
  new FloorOutput(floor).compare(contender, output);

it('takes the same records in another order for equal', () => {
  compareOutputs(
    'single',
    [
      [
        ['a', 1],
        ['b', 2],
      ],
      [],
    ],
    [
      [
        ['b', 2],
        ['a', 1],
      ],
      [],
    ],
  );
});

it('sees a different record, a repeated one, a missing one and a missing batch', () => {
  const floor = [
    [
      ['a', 1],
      ['b', 2],
    ],
  ];
  expect(() =>
    compareOutputs(
      'single',
      [
        [
          ['a', 1],
          ['b', 3],
        ],
      ],
      floor,
    ),
  ).toThrow(/batch 0.*only single: \["b",3\]; only the loop: \["b",2\]/);
  expect(() =>
    compareOutputs(
      'single',
      [
        [
          ['a', 1],
          ['a', 1],
        ],
      ],
      floor,
    ),
  ).toThrow(/only single: \["a",1\]/);
  expect(() => compareOutputs('single', [[['a', 1]]], floor)).toThrow(/only single: none; only the loop: \["b",2\]/);
  expect(() => compareOutputs('single', [], floor)).toThrow(OutputDiffers);
});

it('keeps lists inside a record in order', () => {
  expect(() => compareOutputs('single', [[[1, 2]]], [[[2, 1]]])).toThrow(OutputDiffers);
});

it('sees a difference in what JSON has no text for, and shows it', () => {
  const differ = (a: unknown, b: unknown) => expect(() => compareOutputs('single', [[a]], [[b]]));
  differ(new Map([['a', 1]]), new Map([['a', 2]])).toThrow(/only single: Map\{"a"=>1\}; only the loop: Map\{"a"=>2\}/);
  differ(['a', Number.NaN], ['a', null]).toThrow(/only single: \["a",NaN\]; only the loop: \["a",null\]/);
  differ(10n, undefined).toThrow(/only single: 10n; only the loop: undefined/);
  differ(['a', 1], 'a\n1').toThrow(OutputDiffers);
  compareOutputs('single', [[{ a: 1, b: 2 }, ['a', -0]]], [[['a', 0], { b: 2, a: 1 }]]);
});

it('says whose output the others are compared with, where that is no loop', () => {
  const floor = new FloorOutput([[1]], 'single', 7);
  expect(() => floor.compare('threads(2)', [[2]])).toThrow(
    'batch 7: threads(2) delivered 1 records, single 1; only threads(2): 2; only single: 1',
  );
  expect(() => floor.compare('threads(2)', [])).toThrow('threads(2) delivered 0 batches, single 1');
});
