import { SeededRandom } from '../../sandbox/samples/smart-crm-online/random.ts';
import type { Trial } from './matrix.ts';
import { type Cell, FAULTS, type Fault, PLACES, type Place, type Row, type Shape, TABLE } from './table.ts';

/** Every cell of a shape, fault by fault. */
export function allTrials(shape: Shape): readonly Trial[] {
  return FAULTS.flatMap((fault) => PLACES.map((place) => trialOf(shape, place, fault)));
}

/** Every place once, and every fault at least once, in cells that can happen: another choice for another seed. */
export function courseOfPlaces(shape: Shape, seed: number): readonly Trial[] {
  const random = new SeededRandom(seed);
  const left = new Set<Fault>(FAULTS);
  const places = [...random.shuffled(PLACES)].sort((a, b) => possible(shape, a).length - possible(shape, b).length);
  const chosen = new Map<Place, Fault>();
  for (const place of places) {
    const can = possible(shape, place);
    const wanted = can.filter((fault) => left.has(fault));
    const fault = random.pick(wanted.length > 0 ? wanted : can);
    left.delete(fault);
    chosen.set(place, fault);
  }
  return FAULTS.flatMap((fault) =>
    PLACES.filter((place) => chosen.get(place) === fault).map((place) => trialOf(shape, place, fault)),
  );
}

/** Every fault once, each at another place. */
export function courseOfFaults(shape: Shape, seed: number): readonly Trial[] {
  const random = new SeededRandom(seed);
  const free = new Set<Place>(PLACES);
  return FAULTS.map((fault) => {
    const place = random.pick([...free].filter((one) => possible(shape, one).includes(fault)));
    free.delete(place);
    return trialOf(shape, place, fault);
  });
}

function possible(shape: Shape, place: Place): readonly Fault[] {
  const row: Row = TABLE[shape][place];
  return FAULTS.filter((fault) => row[fault].kind !== 'cannot-happen');
}

function trialOf(shape: Shape, place: Place, fault: Fault): Trial {
  const cell: Cell = TABLE[shape][place][fault];
  return { shape, place, fault, cell };
}
