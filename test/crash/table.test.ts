import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/core/error-codes.ts';
import { FAULT, FAULTS, PLACE, PLACES, SHAPES, TABLE } from './table.ts';
import { allTrials, courseOfFaults, courseOfPlaces } from './trials.ts';

describe('the table of the crash matrix', () => {
  test('says of every fault at every place of every shape what must come of it', () => {
    for (const shape of SHAPES) {
      expect(Object.keys(TABLE[shape]).sort()).toEqual([...PLACES].sort());
      for (const place of PLACES) expect(Object.keys(TABLE[shape][place]).sort(), place).toEqual([...FAULTS].sort());
      expect(allTrials(shape)).toHaveLength(PLACES.length * FAULTS.length);
    }
  });

  test('explains every place and every fault, and gives a reason wherever one cannot happen', () => {
    for (const place of PLACES) expect(PLACE[place].meaning.length, place).toBeGreaterThan(10);
    for (const fault of FAULTS) expect(FAULT[fault].meaning.length, fault).toBeGreaterThan(10);
    for (const shape of SHAPES)
      for (const { cell, place, fault } of allTrials(shape))
        if (cell.kind === 'cannot-happen') expect(cell.because.length, `${place} ${fault}`).toBeGreaterThan(20);
  });

  test('stops and refuses only with codes that a person can look up', () => {
    for (const shape of SHAPES)
      for (const { cell } of allTrials(shape)) {
        if (cell.kind === 'stops') expect(ERROR_CODES).toHaveProperty(cell.code);
        if (cell.kind === 'holds' && cell.refused !== undefined) expect(ERROR_CODES).toHaveProperty(cell.refused);
      }
  });

  test('no fault is excused everywhere', () => {
    for (const shape of SHAPES)
      for (const fault of FAULTS)
        expect(
          PLACES.some((place) => TABLE[shape][place][fault].kind !== 'cannot-happen'),
          fault,
        ).toBe(true);
  });
});

describe('the part of the cells that `npm test` tries', () => {
  test('has every place once and every fault at least once, whatever the seed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...SHAPES), (seed, shape) => {
        const course = courseOfPlaces(shape, seed);
        expect(course.map(({ place }) => place).sort()).toEqual([...PLACES].sort());
        expect(new Set(course.map(({ fault }) => fault))).toEqual(new Set(FAULTS));
        expect(course.every(({ cell }) => cell.kind !== 'cannot-happen')).toBe(true);
      }),
    );
  });

  test('or every fault once, each at another place', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...SHAPES), (seed, shape) => {
        const course = courseOfFaults(shape, seed);
        expect(course.map(({ fault }) => fault)).toEqual(FAULTS);
        expect(new Set(course.map(({ place }) => place)).size).toBe(FAULTS.length);
        expect(course.every(({ cell }) => cell.kind !== 'cannot-happen')).toBe(true);
      }),
    );
  });
});
