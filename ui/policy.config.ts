/** The app's content policy without its IPC part, so that a browser refuses what the app's webview would. */
export const POLICY =
  "default-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
