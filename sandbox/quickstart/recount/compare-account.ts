import type { Account, Count, ObjectAccount } from './recount.ts';

/** What an account says beside what was counted, object by object. */
export function compareAccount(account: Account, objects: Readonly<Record<string, Count>>): readonly string[] {
  const told = (object: string): Partial<ObjectAccount> => account.objects[object] ?? {};
  const differences = Object.entries(objects).flatMap(([object, counted]) => {
    const { source, applied, merged, held, deadLettered, excluded, onTheWay, residue } = told(object);
    const pairs: readonly (readonly [string, number | undefined, number])[] = [
      ['source', source, counted.source],
      ['applied', applied, counted.applied],
      ['merged', merged, counted.merged],
      // Each by itself: a held record that the account calls refused is one nobody would look for.
      ['held', held, counted.waiting],
      ['deadLettered', deadLettered, 0],
      ['excluded', excluded, 0],
      ['onTheWay', onTheWay, 0],
      ['residue', residue, 0],
    ];
    return pairs.flatMap(([what, said, is]) =>
      said === is ? [] : [`${object}: the account says ${what} ${String(said)}, counted ${is}`],
    );
  });
  const unknown = Object.keys(account.objects).filter((object) => !(object in objects));
  return [...differences, ...unknown.map((object) => `${object}: in the account, but no table of the sample`)];
}
