import { z } from 'zod';
import { defineOperation } from '../operation.ts';
import { unitOf } from './mapping.ts';

/** What the source has: objects, fields with proposed types, owners, pipelines, and its questions (LIFE-1). */
export const discover = defineOperation({
  name: 'discover',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1) }),
  async run(context, { source }) {
    const unit = await unitOf(context, source);
    try {
      return await unit.connector.describe();
    } finally {
      await unit.connector.close();
    }
  },
});
