import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Guard } from './guard.ts';

const sleeper = () => spawn('sleep', ['120'], { stdio: 'ignore', detached: true });

test('closing the guard ends what it watches, and removes its folder', async () => {
  const guard = new Guard('test');
  const child = sleeper();
  guard.watch(child.pid ?? 0);
  const ended = once(child, 'exit');
  await guard.close();
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(existsSync(guard.folder)).toBe(false);
});

test('what the guard was told to forget lives on', async () => {
  const guard = new Guard('test');
  const [kept, watched] = [sleeper(), sleeper()];
  onTestFinished(() => void kept.kill('SIGKILL'));
  for (const child of [kept, watched]) guard.watch(child.pid ?? 0);
  guard.forget(kept.pid ?? 0);
  const ended = once(watched, 'exit');
  await guard.close();
  await ended;
  expect(kept.exitCode ?? kept.signalCode).toBeNull();
  expect(kept.kill(0)).toBe(true);
});

test('nothing is left of servers and folders when their parent is killed', async () => {
  const program = `
    import { spawn } from 'node:child_process';
    import { Guard } from ${JSON.stringify(new URL('./guard.ts', import.meta.url).href)};
    const guard = new Guard('test');
    const child = spawn('sleep', ['120'], { stdio: 'ignore', detached: true });
    guard.watch(child.pid);
    process.kill(child.pid, 'SIGSTOP');
    console.log(JSON.stringify({ pid: child.pid, folder: guard.folder }));
    setInterval(() => undefined, 1_000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const { pid, folder } = JSON.parse(said) as { pid: number; folder: string };
  expect(process.kill(pid, 0)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => alive(pid)).toBe(false);
  await expect.poll(() => existsSync(folder)).toBe(false);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('closing twice does no harm', async () => {
  const guard = new Guard('test');
  await guard.close();
  await Promise.race([guard.close(), wait(5_000).then(() => expect.fail('the second close hangs'))]);
});
