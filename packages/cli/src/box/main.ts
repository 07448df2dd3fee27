// Units that an earlier version installed start this file. The program itself is in @pinky/box.
import '@pinky/box/main';
