/** Whether bits are a NaN in single precision. */
export function isNanF32(bits: number): boolean {
  return (bits & 0x7fffffff) > 0x7f800000;
}

/** Whether bits are a signaling NaN in single precision. */
export function isSignalingF32(bits: number): boolean {
  return isNanF32(bits) && (bits & 0x00400000) === 0;
}

/** Whether bits are neither infinite nor a NaN in single precision. */
export function isFiniteF32(bits: number): boolean {
  return (bits & 0x7f800000) !== 0x7f800000;
}

/** Whether bits are a NaN in double precision. */
export function isNanF64(low: number, high: number): boolean {
  const magnitude = high & 0x7fffffff;
  return magnitude > 0x7ff00000 || (magnitude === 0x7ff00000 && low !== 0);
}

/** Whether bits are a signaling NaN in double precision. */
export function isSignalingF64(low: number, high: number): boolean {
  return isNanF64(low, high) && (high & 0x00080000) === 0;
}

/** Whether bits are neither infinite nor a NaN in double precision; the high half tells. */
export function isFiniteF64(high: number): boolean {
  return (high & 0x7ff00000) !== 0x7ff00000;
}
