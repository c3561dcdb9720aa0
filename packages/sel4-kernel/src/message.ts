import {
  IpcBufferWord,
  MESSAGE_MAX_LENGTH,
  MESSAGE_REGISTERS,
  messageInfo,
} from "@cantrip/sel4-sys";
import { MAX_EXTRA_CAPS } from "./args.ts";
import { deriveCap } from "./derive.ts";
import { faultMessage } from "./fault-message.ts";
import { lookupSlot, resolveAddressBits } from "./lookup.ts";
import { bufferWord, bufferWordHigh, writeBufferWord } from "./ipc-buffer.ts";
import type { MessageWords } from "./message-words.ts";
import {
  CapType,
  copyWord,
  type Endpoint,
  highOf,
  type Slot,
  setWord,
  type Tcb,
  wordOf,
} from "./objects.ts";
import { cteInsert } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import { lookupIpcBuffer } from "./vspace.ts";

const BADGE_REGISTER = 10;
const INFO_REGISTER = 11;
const FIRST_MESSAGE_REGISTER = 12;

/** Length of a message info word, as the kernel takes it: never more than fits. */
export function clampedLength(info: number): number {
  return Math.min(info & 0x7f, MESSAGE_MAX_LENGTH);
}

/** Copies a message, or a fault of the sender, to the receiver (`doIPCTransfer`). */
export function transferMessage(
  kernel: KernelState,
  sender: Tcb,
  receiver: Tcb,
  endpoint: Endpoint | null,
  badge: number,
  badgeHigh: number,
  canGrant: boolean,
): void {
  let label: number;
  let labelHigh = 0;
  let length: number;
  let capsWord = 0;
  if (sender.fault === null || endpoint === null) {
    const info = wordOf(sender.context, INFO_REGISTER) >>> 0;
    label = info >>> 12;
    labelHigh = highOf(sender.context, INFO_REGISTER);
    length = copyRegisters(kernel, sender, receiver, clampedLength(info));
    const extraCaps = (info >>> 7) & 3;
    if (canGrant && extraCaps > 0)
      capsWord = transferCaps(kernel, sender, receiver, endpoint, extraCaps);
  } else {
    const message = faultMessage(kernel, sender, sender.fault);
    ({ label } = message);
    length = writeWords(kernel, receiver, lookupIpcBuffer(receiver, true), message.words);
  }
  const info = (messageInfo(label, length) | capsWord) >>> 0;
  setWord(receiver.context, INFO_REGISTER, info, labelHigh);
  setWord(receiver.context, BADGE_REGISTER, badge, badgeHigh);
  kernel.observer?.message?.(sender, receiver, endpoint, badge, info);
}

/** The fault was answered. */
export function clearFaultMessage(tcb: Tcb): void {
  tcb.fault = null;
}

function copyRegisters(kernel: KernelState, sender: Tcb, receiver: Tcb, length: number): number {
  for (let index = 0; index < MESSAGE_REGISTERS && index < length; index++) {
    const register = FIRST_MESSAGE_REGISTER + index;
    copyWord(receiver.context, register, sender.context, register);
  }
  if (length <= MESSAGE_REGISTERS) return length;
  const sendBuffer = lookupIpcBuffer(sender, false);
  const receiveBuffer = lookupIpcBuffer(receiver, true);
  if (sendBuffer === 0 || receiveBuffer === 0) return MESSAGE_REGISTERS;
  for (let index = MESSAGE_REGISTERS; index < length; index++) {
    const word = IpcBufferWord.message + index;
    const low = bufferWord(kernel, sendBuffer, word);
    writeBufferWord(kernel, receiveBuffer, word, low, bufferWordHigh(kernel, sendBuffer, word));
  }
  return length;
}

/** Writes a message of the kernel's own; returns how many words arrived. */
export function writeWords(
  kernel: KernelState,
  receiver: Tcb,
  buffer: number,
  words: MessageWords,
): number {
  for (let index = 0; index < words.length; index++) {
    const low = words.low[index] ?? 0;
    const high = words.high[index] ?? 0;
    if (index < MESSAGE_REGISTERS)
      setWord(receiver.context, FIRST_MESSAGE_REGISTER + index, low, high);
    else if (buffer !== 0)
      writeBufferWord(kernel, buffer, IpcBufferWord.message + index, low, high);
  }
  return buffer === 0 ? Math.min(words.length, MESSAGE_REGISTERS) : words.length;
}

/**
 * Moves capabilities of a message: unwraps those to the endpoint itself, and puts one other into the receive slot.
 *
 * @returns bits of the received message info: unwrapped mask and number of capabilities
 */
function transferCaps(
  kernel: KernelState,
  sender: Tcb,
  receiver: Tcb,
  endpoint: Endpoint | null,
  count: number,
): number {
  const sendBuffer = lookupIpcBuffer(sender, false);
  const receiveBuffer = lookupIpcBuffer(receiver, true);
  if (sendBuffer === 0 || receiveBuffer === 0) return 0;
  const sent = Math.min(count, MAX_EXTRA_CAPS);
  // One that cannot be found keeps back all of them.
  for (let extra = 0; extra < sent; extra++) {
    if (extraCap(kernel, sender, sendBuffer, extra) === null) return 0;
  }
  let destination = receiveSlot(kernel, receiver, receiveBuffer);
  let unwrapped = 0;
  let index = 0;
  for (; index < sent; index++) {
    const slot = extraCap(kernel, sender, sendBuffer, index);
    if (slot === null || slot.cap.type === CapType.Null) break;
    const { cap } = slot;
    if (cap.type === CapType.Endpoint && endpoint !== null && cap.object === endpoint) {
      const word = IpcBufferWord.caps + index;
      writeBufferWord(kernel, receiveBuffer, word, cap.badge, cap.badgeHigh);
      unwrapped |= 1 << index;
      continue;
    }
    if (destination === null) break;
    const derived = deriveCap(kernel, slot, cap);
    if (derived.exception !== Exception.None || derived.cap.type === CapType.Null) break;
    cteInsert(derived.cap, slot, destination);
    destination = null;
  }
  return (unwrapped << 9) | (index << 7);
}

/** Slot of the capability that a sender's IPC buffer names at `index`. */
function extraCap(kernel: KernelState, sender: Tcb, buffer: number, index: number): Slot | null {
  const word = IpcBufferWord.caps + index;
  const cptrHigh = bufferWordHigh(kernel, buffer, word);
  return lookupSlot(kernel, sender, bufferWord(kernel, buffer, word), cptrHigh);
}

/** The empty slot that the receiver's IPC buffer names. */
function receiveSlot(kernel: KernelState, receiver: Tcb, buffer: number): Slot | null {
  const low = (word: number): number => bufferWord(kernel, buffer, word);
  const high = (word: number): number => bufferWordHigh(kernel, buffer, word);
  const { receiveCNode, receiveIndex, receiveDepth } = IpcBufferWord;
  const root = lookupSlot(kernel, receiver, low(receiveCNode), high(receiveCNode));
  if (root?.cap.type !== CapType.CNode) return null;
  const depth = low(receiveDepth);
  if (depth < 1 || depth > kernel.config.wordBits || high(receiveDepth) !== 0) return null;
  const index = low(receiveIndex);
  const slot = resolveAddressBits(kernel, root.cap, index, high(receiveIndex), depth);
  return slot?.cap.type === CapType.Null && kernel.lookupBitsRemaining === 0 ? slot : null;
}
