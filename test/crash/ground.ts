import type { Application } from '../../src/app/application.ts';
import type { Deployment } from '../kill/deployment.ts';
import type { TcpProxy } from '../support/servers/tcp-proxy.ts';
import type { Asked, Shape } from './table.ts';

/** What a deployment stands on: what the two shapes differ in when something happens to a process. */
export interface Ground {
  readonly shape: Shape;
  readonly deployment: Deployment;
  /** Between Changeover and whom it asks over a connection. */
  readonly ways: Readonly<Partial<Record<Asked, TcpProxy>>> & { readonly twenty: TcpProxy };
  /** So much later each process begins than the one before, milliseconds, where the deadline of a call is not waited for. */
  readonly laterMs: number;
  /** Whether a second process may have the deployment open. */
  readonly sharing: boolean;
  /** Cuts every connection of the process. Returns how many. */
  cut(): number;
  /**
   * What time would do to what a process left: its leases and its place in the group are over, and, of a dead one, the
   * deadlines of its calls.
   */
  outlive(left: 'dead' | 'frozen'): Promise<void>;
  /** Appends something that no one takes in, and removes everything that the log has. */
  shorten(): Promise<void>;
  /** Works on the deployment while no process has it open. */
  inProcess<Result>(work: (app: Application) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
