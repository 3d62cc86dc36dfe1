/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.nio.file.Path;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Data that somebody copies into a held file by mistake. All of it is done by other
 * processes.
 */
@Tag("native")
class CopiedDataTests extends LockTestCase {

	@ParameterizedTest
	@CsvSource({ "8193, x, {pid}", "1800000, x, {pid}", "100000, '\\0', {pid}", "9000, 7, {pid}",
			"9000, '\\n', a longer record", "1800000, x, ''" })
	void moreThanALockFileMayHaveIsLeftAlone(int size, String character, String template) {
		copies(size, character, template, (holder, data) -> {
			for (int i = 0; i < 4; i++) {
				String found = HolderProcess.verify(holder);
				if (template.isEmpty()) {
					assertThat(found).contains("status=HELD");
				}
				else {
					assertThat(found).contains("status=UNVERIFIED", size + " bytes", "somebody's data");
				}
				OutsideView.assertHeldBy(holder, this.path, found);
				Shell.run("cmp", data.toString(), this.path.toString());
			}
			OutsideView.assertRefusesASecond(this.path);
			Shell.run("cmp", data.toString(), this.path.toString());
			Shell.script(": > %s", this.path);
			assertThat(HolderProcess.verify(holder)).contains(template.isEmpty() ? "status=HELD" : "status=RESTORED");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			OutsideView.assertHeldBy(holder, this.path, "all");
		});
	}

	@ParameterizedTest
	@CsvSource({ "1, x", "8191, x", "8192, x", "8192, '\\0'", "8192, '\\n'" })
	void whatALockFileMayHaveIsWrittenOver(int size, String character) {
		copies(size, character, "{pid}", (holder, data) -> {
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED");
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			assertThat(Shell.run("cat", this.path.toString())).isEqualTo("" + holder.pid());
			OutsideView.assertHeldBy(holder, this.path, "all");
		});
	}

	/**
	 * The record is still there, and the data behind it.
	 */
	@ParameterizedTest
	@CsvSource({ "9000, false", "1000, true" })
	void dataBehindTheRecordIsMeasuredWithIt(int size, boolean restored) throws IOException {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Shell.script("head -c %d /dev/zero | tr '\\0' x >> %s", size, this.path);
			assertThat(HolderProcess.verify(holder)).contains(restored ? "status=RESTORED" : "status=UNVERIFIED");
			assertThat(Shell.run("stat", "-c", "%s", this.path.toString()))
				.isEqualTo(Integer.toString((restored ? 0 : size) + Long.toString(holder.pid()).length() + 2));
			OutsideView.assertHeldBy(holder, this.path, "a verification");
		}
	}

	/**
	 * A file whose times only its owner may set is written to instead, but only if it
	 * still says what was recorded.
	 */
	@ParameterizedTest
	@CsvSource({ "100000, false", "10, true", "1, true" })
	void dataThatIsOldIsNotWrittenOverToLookYoung(int size, boolean restored) throws IOException {
		Faults faults = new Faults(this.directory.resolve("faults"));
		Path data = this.directory.resolve("data");
		Shell.script("head -c %d /dev/zero | tr '\\0' x > %s", size, data);
		try (ChildJvm holder = faults.start(this.path, "{pid};a longer record").awaitOutput("acquired")) {
			faults.inject("utimes", "EPERM", 0, -1);
			Shell.script("cat %1$s > %2$s; touch -d '2 hours ago' %2$s", data, this.path);
			assertThat(HolderProcess.verify(holder)).contains(restored ? "status=RESTORED" : "status=UNVERIFIED");
			assertThat(faults.hits()).isPositive();
			assertThat(Shell.run("cat", this.path.toString()))
				.isEqualTo(restored ? holder.pid() + ";a longer record" : Shell.run("cat", data.toString()));
			OutsideView.assertHeldBy(holder, this.path, "a verification");
		}
	}

	private void copies(int size, String character, String template, Check check) {
		Path data = this.directory.resolve("data");
		Shell.script("head -c %d /dev/zero | tr '\\0' '%s' > %s", size, character, data);
		try (ChildJvm holder = HolderProcess.hold(this.path, template)) {
			Shell.script("cat %s > %s", data, this.path);
			check.run(holder, data);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private interface Check {

		void run(ChildJvm holder, Path data) throws IOException;

	}

}
