import type { ProvisionChange } from './provision-draft.ts';

/**
 * What provisioning added to a workspace, kept so that it can be taken away again. Written before the call that makes it:
 * an entry whose thing is not there was never made.
 */
export type Added =
  | { readonly kind: 'object'; readonly object: string }
  | { readonly kind: 'field'; readonly object: string; readonly field: string }
  | { readonly kind: 'option'; readonly object: string; readonly field: string; readonly value: string };

export function addedBy(change: ProvisionChange): readonly Added[] {
  switch (change.kind) {
    case 'create-object':
      return [{ kind: 'object', object: change.object.nameSingular }];
    case 'create-field':
      return [{ kind: 'field', object: change.field.object, field: change.field.name }];
    case 'add-options':
      return change.options.map(({ value }) => ({
        kind: 'option',
        object: change.object,
        field: change.field,
        value,
      }));
  }
}

/** `person.leadSource=WEB`: how an entry is called, and told from others. */
export function describeAdded(added: Added): string {
  switch (added.kind) {
    case 'object':
      return added.object;
    case 'field':
      return `${added.object}.${added.field}`;
    case 'option':
      return `${added.object}.${added.field}=${added.value}`;
  }
}

/** Both lists as one, each entry once. */
export function mergeAdded(known: readonly Added[], more: readonly Added[]): readonly Added[] {
  return [...new Map([...known, ...more].map((added) => [describeAdded(added), added])).values()];
}
