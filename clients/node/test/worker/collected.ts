/** What the garbage collector has taken. */

import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Whether it is gone, after some collections at the most. */
export async function collected(held: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 20; round += 1) {
    await sleep(5); // a WeakRef that was read stays until its turn is over
    collect();
    if (held.deref() === undefined) return true;
  }
  return false;
}
