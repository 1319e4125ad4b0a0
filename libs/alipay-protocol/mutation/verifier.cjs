// All tables of the verifier in one Jest file, for `npm run test:mutation`: they run once for each
// of hundreds of changes, and starting eight files takes several times as long as their tests.
// The random tests are not among them: what they notice in one run they may miss in the next.
require('../src/answer.test.ts');
require('../src/fields.test.ts');
require('../src/form.test.ts');
require('../src/notification.test.ts');
require('../src/sign-types.test.ts');
require('../src/signed-text.test.ts');
require('../src/verify-fields.test.ts');
require('../src/xml.test.ts');
