import type { Random } from '../core/ports.ts';
import type { StateStore } from '../state/state.ts';

/** Under which name the settings tell one state from every other; copies, as a backup makes them, are the same one. */
const SETTING = 'state.identity';

/** The state's own name: given once. */
export async function stateIdentity(state: StateStore, random: Random): Promise<string> {
  const known = await state.read((tx) => tx.settings.get(SETTING));
  if (typeof known === 'string') return known;
  return state.transaction(async (tx) => {
    const meanwhile = await tx.settings.get(SETTING);
    if (typeof meanwhile === 'string') return meanwhile;
    const given = random.uuid();
    await tx.settings.set(SETTING, given);
    return given;
  });
}

/** A state that takes the place of a lost one goes on under its name. */
export async function takeIdentity(state: StateStore, identity: string): Promise<void> {
  await state.transaction((tx) => tx.settings.set(SETTING, identity));
}
