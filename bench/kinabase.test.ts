import { expect, it } from 'vitest';
import { benchKinabase } from './kinabase.ts';

/** Some thousand calls. */
const PATIENCE_MS = 240_000;

it(
  'Kinabase: what people change and delete is followed within the documented limit, with hardly more calls than the least',
  async () => {
    const { holds, figures } = await benchKinabase({ records: 2_000, minutes: 5 });
    expect(figures).toMatchObject({
      wholeDifferences: 0,
      wholeRefused: 0,
      pagedDifferences: 0,
      pagedRefused: 0,
    });
    expect(figures.wholeTimesTheLeast).toBeLessThanOrEqual(1.1);
    // Each deleted record is asked for by its id there.
    expect(figures.pagedTimesTheLeast).toBeLessThanOrEqual(1.3);
    expect(holds).toBe(true);
  },
  PATIENCE_MS,
);
