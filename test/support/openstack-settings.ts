import type { Settings } from './service.ts';

/** The service's settings for the mock's account `ge`. */
export const openStackSettings = (keystoneUrl: string): Settings => ({
  OS_AUTH_URL: keystoneUrl,
  OS_USERNAME: 'ge',
  OS_PASSWORD: 'ge-secret',
  OS_PROJECT_NAME: 'ge',
  OS_USER_DOMAIN_ID: 'default',
  OS_PROJECT_DOMAIN_ID: 'default',
  OS_REGION_NAME: 'RegionOne',
});
