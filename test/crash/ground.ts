import type { Application } from '../../src/app/application.ts';
import type { Deployment } from '../kill/deployment.ts';
import type { TcpProxy } from '../support/servers/tcp-proxy.ts';
import type { Shape } from './table.ts';

/** What a deployment stands on: what the two shapes differ in when something happens to a process. */
export interface Ground {
  readonly shape: Shape;
  readonly deployment: Deployment;
  /** Between Changeover and the workspace. */
  readonly twenty: TcpProxy;
  /** So much later each process begins than the one before, milliseconds, where the deadline of a call is not waited for. */
  readonly laterMs: number;
  /** Whether a second process may have the deployment open. */
  readonly sharing: boolean;
  /** Cuts every connection of the process. Returns how many. */
  cut(): number;
  /** What is asked next waits for its answer, until `answer`. */
  hold(): void;
  answer(): void;
  /** What time would do to what a dead or frozen process left: its leases and its place in the group are over. */
  outlive(): Promise<void>;
  /** Appends something that no one takes in, and removes everything that the log has. */
  shorten(): Promise<void>;
  /** Works on the deployment while no process has it open. */
  inProcess<Result>(work: (app: Application) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
