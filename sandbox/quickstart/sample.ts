import type { QuickstartFolder } from './folder.ts';

/** A sample: a source system with an invented firm in it, and what its people do while it is moved. */
export interface Sample {
  /** Name of its source, by which `--source` asks for it. */
  readonly source: string;
  /** File with the members of the simulated workspace. */
  readonly members: string;
  /** Whether it may go into a real workspace. */
  readonly real: boolean;
  open(folder: QuickstartFolder, options: SampleSettings): Promise<OpenSample>;
}

export interface SampleSettings {
  /** Whether it goes into a real workspace, which has none of the sample's people. */
  readonly real: boolean;
  /** Calls a minute that the workspace allows; 0: as many as there are. */
  readonly limit: number;
  /** So many times as large as it is; only where the sample can be made smaller. */
  readonly size: number;
}

export interface OpenSample {
  /** Its entry under `sources` of the configuration. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** What happens in the source, one after the other; each is moved to its end before the next begins. */
  readonly chapters: readonly Chapter[];
  /** Lines that say what can be tried while it stays up. */
  readonly hints: readonly string[];
  /** Keeps what the source holds in the end, for the recount. */
  keep(): Promise<void>;
  /** What goes on by itself while it stays up. */
  goOn(): void;
  close(): Promise<void>;
}

export interface Chapter {
  readonly title: string;
  /** Before the mapping is confirmed: what the source must show by then. Only of the first chapter. */
  prepare?(): void;
  /** Begins it; fulfilled once the source has come to rest. */
  begin(): Promise<void>;
}
