/** Milliseconds from now, for PX: an end given in the app's time must not depend on the server's clock. */
export const timeToLive = (end: number): string => String(Math.max(1, Math.ceil(end - Date.now())));
