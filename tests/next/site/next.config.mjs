// Pages reach orchd by the site's own origin: the browser's cookie says who asks, and no page holds a token.
const orchd = process.env.ORCHD_URL ?? 'http://127.0.0.1:7717';

export default {
  eslint: { ignoreDuringBuilds: true },
  experimental: { authInterrupts: true }, // unauthorized()
  poweredByHeader: false,
  async rewrites() {
    return [
      { source: '/ws', destination: `${orchd}/ws` },
      { source: '/api/orchestrators', destination: `${orchd}/api/orchestrators` },
    ];
  },
};
