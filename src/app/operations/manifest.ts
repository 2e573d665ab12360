import { z } from 'zod';
import { compileSourceFile } from '../../mapping/compile.ts';
import { throwFirst } from '../../mapping/finding.ts';
import {
  type CustomFieldManifest,
  customFieldManifest,
  type SchemaManifest,
  schemaManifest,
} from '../../mapping/manifest.ts';
import { readMapping } from '../../mapping/parse.ts';
import { normaliseEmail } from '../../sink/owners.ts';
import { addedFields, planProvision, provisionGuide } from '../../twenty/provision.ts';
import { defineOperation } from '../operation.ts';
import { mappingText } from '../source-unit.ts';
import { unitOf } from './mapping.ts';

/** A user of the source beside the workspace: role and state are set there by a person (SMD-8). */
export interface UserOfSource {
  /** As records refer to him. */
  readonly reference: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly active: boolean;
  /** Null where the source tells none. */
  readonly role: string | null;
  /** Whether a member of the workspace has his e-mail. */
  readonly member: boolean;
}

export interface Manifest {
  readonly source: string;
  readonly schema: SchemaManifest;
  readonly customFields: CustomFieldManifest;
  readonly users: readonly UserOfSource[];
  /** Step by step, in Markdown: what the workspace still lacks for this source. */
  readonly guide: string;
}

/** What is handed over of a source before anything moves: its schema, the fields it needs, its users, the steps by hand. */
export const manifest = defineOperation({
  name: 'manifest',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1) }),
  async run(context, { source }): Promise<Manifest> {
    const { app } = context;
    const unit = await unitOf(context, source);
    try {
      const compilation = compileSourceFile(readMapping(mappingText(unit), unit.mappingFile, unit.connector.plain));
      throwFirst(compilation.findings.filter(({ severity }) => severity === 'error'));
      const { desired } = compilation.mapping;
      const { deployment } = app.loaded.configuration;
      const description = await unit.connector.describe();
      const { client } = await app.twenty();
      const workspace = await client.refresh();
      const members = new Set((await client.members({ lane: 'operator' })).map(({ email }) => normaliseEmail(email)));
      return {
        source,
        schema: schemaManifest(compilation, description),
        customFields: customFieldManifest(compilation, description, workspace, addedFields(desired, deployment)),
        users: description.owners.map(({ reference, name, email, active, role }) => ({
          reference,
          name,
          email,
          active,
          role: role ?? null,
          member: email !== null && members.has(normaliseEmail(email)),
        })),
        guide: provisionGuide(planProvision(workspace, desired, deployment)),
      };
    } finally {
      await unit.connector.close();
    }
  },
});
