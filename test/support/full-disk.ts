// Loaded into a process by `--import`: the disk on which one SQLite file lies has room for so many pages more, and no more.
// SQLite itself refuses to grow the file, as it does when the operating system says ENOSPC, on every system and for any user.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';

const [file = '', roomFile = ''] = (process.env.TEST_FULL_DISK ?? '').split('|');
const LOOK_MS = 50;
const ENDLESS = 4_294_967_294;

/** Pages that the file may grow by from when this is first seen; null: as much as the disk has. */
function room(): number | null {
  return JSON.parse(readFileSync(roomFile, 'utf8')) as number | null;
}

const prototype = Database.prototype as { pragma(source: string, options?: Database.PragmaOptions): unknown };
const pragma = prototype.pragma;
prototype.pragma = function (this: Database.Database, source, options) {
  const result = pragma.call(this, source, options);
  // Whoever opens it for writing says so.
  if (source === 'synchronous = FULL' && basename(this.name) === file) watch(this);
  return result;
};

function watch(database: Database.Database): void {
  let seen: number | null = null;
  const look = () => {
    if (!database.open) return clearInterval(timer);
    const now = room();
    if (now === seen) return;
    seen = now;
    const pages = Number(pragma.call(database, 'page_count', { simple: true }));
    pragma.call(database, `max_page_count = ${now === null ? ENDLESS : pages + now}`);
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
}
