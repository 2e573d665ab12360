import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';

/** The name of the file by which an export can say what it holds. */
export const MANIFEST = 'manifest.json';

const manifestSchema = z.object({
  /** When the export was taken, ISO 8601 with offset. */
  exportedAt: z.iso.datetime({ offset: true }).optional(),
  /** The files that make the export complete. */
  files: z
    .array(
      z.object({
        path: z.string().min(1),
        /** Bytes. */
        size: z.number().int().nonnegative().optional(),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/i)
          .optional(),
        /** Records, without the header. */
        rows: z.number().int().nonnegative().optional(),
      }),
    )
    .default([]),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Throws EXPORT_MANIFEST_INVALID with the place of the first mistake. */
export function parseManifest(text: string, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new ChangeoverError('EXPORT_MANIFEST_INVALID', `${file} is not JSON`, { place: { file }, cause });
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ChangeoverError(
    'EXPORT_MANIFEST_INVALID',
    `${file}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    { place: { file } },
  );
}
