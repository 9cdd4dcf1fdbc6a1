/** All scenes, used by the gallery and by the checks of every state. */
import { ACCOUNT_SCENES } from "./accountScenes";
import { DEPOSIT_SCENES, PILL_SCENES } from "./depositScenes";
import { HAND_SCENES } from "./handScenes";
import { PAGE_SCENES } from "./pageScenes";
import type { Scene } from "./scene";

export const SCENES: Scene[] = [
  ...PAGE_SCENES,
  ...ACCOUNT_SCENES,
  ...Object.values(DEPOSIT_SCENES).flat(),
  ...PILL_SCENES,
  ...HAND_SCENES,
];
