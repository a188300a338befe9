export interface ZoomUrls {
  /** Where tokens are asked for. */
  readonly oauth: string
  readonly api: string
}

/** Where Zoom is: what a setting names, such as `http://127.0.0.1:4010`, or the real one. */
export function zoomUrls(setting: string | undefined): ZoomUrls {
  if (setting === undefined) return { oauth: 'https://zoom.us', api: 'https://api.zoom.us/v2' }
  const base = setting.replace(/\/+$/, '')
  return { oauth: base, api: `${base}/v2` }
}

/** Whether an address is one of Zoom's own: only those are told who we are. */
export function isZoom(address: URL, urls: ZoomUrls): boolean {
  return [urls.oauth, urls.api].some((own) => {
    const { origin, protocol, hostname } = new URL(own)
    if (address.origin === origin) return true
    const isReal = protocol === 'https:' && hostname === 'zoom.us'
    return isReal && address.protocol === protocol && address.port === '' && address.hostname.endsWith('.zoom.us')
  })
}

/** A part of a path. Zoom reads the uuid of a meeting twice where it begins with a slash or has two in a row. */
export function pathPart(text: string): string {
  // These would lead elsewhere, and name nothing at Zoom.
  if (/^\.{0,2}$/.test(text)) return '-'
  const encoded = encodeURIComponent(text)
  return text.startsWith('/') || text.includes('//') ? encodeURIComponent(encoded) : encoded
}
