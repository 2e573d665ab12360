// Runs once before the first test file that needs servers; no other run comes here.
import type { TestProject } from 'vitest/node';
import { openDesk, prepareServers } from '../../../scripts/servers/desk.ts';
import { prepareKcat } from '../../../scripts/tools/kcat.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where tests ask for the address of a server; see servers.ts. */
    readonly serverDesk: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  prepareServers();
  prepareKcat();
  const desk = await openDesk();
  project.provide('serverDesk', desk.url);
  return () => desk.close();
}
