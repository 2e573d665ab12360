import { describe, expect, it } from 'vitest';
import { createConnector } from '../../../connectors/dinamik/index.ts';
import { bareContext } from '../../../connectors/dinamik/testing.ts';
import { SimulatedClock } from '../../../src/core/clock.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { checkMapping } from '../../../src/mapping/check.ts';
import { parseMapping } from '../../../src/mapping/parse.ts';
import { DETAILS } from '../account.ts';
import { makeDinamikSandbox } from '../index.ts';
import { SAMPLE_MODULES, sampleMapping } from './mapping.ts';
import { samplePlay } from './play.ts';
import { SAMPLE_SEED, writeSample } from './sample.ts';
import { sizesOf } from './sizes.ts';

function sampleAccount() {
  const clock = new SimulatedClock();
  const { sandbox } = makeDinamikSandbox({ clock, random: seededRandom(3) });
  writeSample(sandbox.account, sizesOf(0.25));
  return { clock, sandbox };
}

describe('the sample account', () => {
  it('is the same from the same seed, whatever people do afterwards in another one', () => {
    const [first, second] = [sampleAccount().sandbox.account, sampleAccount().sandbox.account];
    const play = samplePlay(first, seededRandom(SAMPLE_SEED));
    const before = JSON.stringify(first.rows('Contact'));
    for (let deed = 0; deed < 7; deed += 1) play.next();
    expect(JSON.stringify(first.rows('Contact'))).not.toBe(before);
    expect(JSON.stringify(second.rows('Contact'))).toBe(before);
  });

  it('has six modules of its own, and a field of every type among them', () => {
    const { account } = sampleAccount().sandbox;
    const fields = SAMPLE_MODULES.flatMap(({ name }) =>
      account.rows(name.slice(0, 1).toUpperCase() + name.slice(1)).flatMap(({ details }) => details[DETAILS[3]] ?? []),
    ) as unknown as readonly { readonly type: string }[];
    expect(SAMPLE_MODULES).toHaveLength(6);
    expect([...new Set(fields.map(({ type }) => type))].sort()).toEqual([
      'boolean',
      'date',
      'datetime',
      'email',
      'multiselect',
      'number',
      'phone',
      'relation',
      'select',
      'text',
      'url',
    ]);
  });

  it('is mapped to its last column (ALL-7)', async () => {
    const { clock, sandbox } = sampleAccount();
    const settings = { url: sandbox.url, customModules: SAMPLE_MODULES };
    const connector = createConnector(bareContext({ ...sandbox, http: sandbox.http() }, clock), settings);
    const parsed = parseMapping(sampleMapping(), 'mapping.yaml');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
    const findings = checkMapping(parsed.source, await connector.describe(), null);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
