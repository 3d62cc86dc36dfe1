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
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A file that is created again has the mode and the group that it had, or other users of
 * the group would be locked out afterwards.
 */
@Tag("native")
class RestoredOwnersTests extends LockPathTestCase {

	private static final String GROUP = "54321";

	@BeforeEach
	void pathInADirectory() {
		Assumptions.assumeTrue(System.getProperty("user.name").equals("root"),
				"only root can give a file to another group");
		this.path = this.directory.resolve("d/test.lock");
	}

	@ParameterizedTest
	@ValueSource(strings = { "664", "660", "666", "640", "2674" })
	void modeAndGroupAreThoseFromBefore(String mode) throws IOException {
		try (ChildJvm holder = hold(List.of(), mode)) {
			Shell.run("rm", this.path.toString());
			holder.send("verify").awaitOutput("reason=The file was missing and has been created again,");
			assertOwners(mode, GROUP);
		}
	}

	@Test
	void theModeIsTheOneOfTheLastVerification() throws IOException {
		try (ChildJvm holder = hold(List.of(), "600")) {
			Shell.run("chmod", "664", this.path.toString());
			Shell.run("chgrp", "54322", this.path.toString());
			holder.send("verify").awaitOutput("status=HELD");
			Shell.script("mv %1$s %1$s.old", this.path.getParent());
			holder.send("verify").awaitOutput("status=RESTORED");
			assertOwners("664", "54322");
		}
	}

	/**
	 * Who has the file open goes on with it. A new one could not be opened.
	 */
	@ParameterizedTest
	@CsvSource({ "444, 644", "400, 600", "200, 600", "0, 600" })
	void aModeThatKeepsItsOwnerFromTheFileIsNotRestored(String mode, String restored) throws IOException {
		try (ChildJvm holder = hold(unprivileged("--groups=" + GROUP), "664")) {
			Shell.run("chmod", mode, this.path.toString());
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
			Shell.run("rm", this.path.toString());
			assertThat(HolderProcess.verify(holder)).contains("status=RESTORED",
					"The file was missing and has been created again, but with the mode " + restored + " instead of "
							+ mode + ", since its owner must read and write it");
			assertOwners(restored, GROUP);
			assertThat(HolderProcess.verify(holder)).contains("status=HELD");
		}
	}

	@Test
	void aUserThatMayNotSetTheGroupSaysSo() throws IOException {
		try (ChildJvm holder = hold(unprivileged("--clear-groups"), "664")) {
			Shell.run("rm", this.path.toString());
			holder.send("verify")
				.awaitOutput("reason=The file was missing and has been created again, but without the group"
						+ " that it had: Operation not permitted: '" + this.path + "',");
			assertOwners("664", "0");
		}
	}

	@Test
	void aUserSetsAGroupOfItsOwn() throws IOException {
		try (ChildJvm holder = hold(unprivileged("--groups=" + GROUP), "664")) {
			Shell.run("rm", this.path.toString());
			holder.send("verify").awaitOutput("reason=The file was missing and has been created again,");
			assertOwners("664", GROUP);
		}
	}

	/**
	 * In a directory with a default ACL the group bits of a mode are those of the mask.
	 */
	@ParameterizedTest
	@CsvSource(textBlock = """

			640, 1:7:-1 2:7:1000 4:7:-1 16:7:-1 32:5:-1
			600, 1:7:-1 2:7:1000 4:5:-1 16:7:-1 32:0:-1
			660, 1:7:-1 2:7:1000 4:0:-1 16:7:-1 32:0:-1
			664, 1:6:-1 2:6:1000 4:4:-1 16:6:-1 32:4:-1
			664, 1:7:-1 2:7:1000 4:7:-1 16:4:-1 32:4:-1
			640, 1:7:-1 4:7:-1 32:7:-1
			666, 1:6:-1 4:0:-1 32:0:-1
			""")
	void modeAndGroupAreThoseFromBeforeBelowADefaultAcl(String mode, String acl) throws IOException {
		for (boolean before : new boolean[] { true, false }) {
			try (Foreign foreign = Foreign.start(); ChildJvm holder = hold(foreign, before ? acl : "", mode)) {
				String group = foreign.ask("group", this.path);
				assertThat(HolderProcess.verify(holder)).contains("status=HELD");
				if (!before) {
					setAcl(foreign, acl);
				}
				Shell.run("rm", this.path.toString());
				holder.send("verify").awaitOutput("reason=The file was missing and has been created again,");
				assertOwners(mode, GROUP);
				assertThat(Integer.parseInt(foreign.ask("group", this.path)) & Integer.parseInt(mode.substring(1, 2)))
					.as("what its group may do, before and now")
					.isLessThanOrEqualTo(Integer.parseInt(group));
			}
			Shell.run("rm", "-r", String.valueOf(this.path.getParent()));
		}
	}

	private ChildJvm hold(Foreign foreign, String acl, String mode) throws IOException {
		Shell.run("mkdir", String.valueOf(this.path.getParent()));
		if (!acl.isEmpty()) {
			setAcl(foreign, acl);
		}
		Shell.script(": > %1$s && chgrp %2$s %1$s && chmod %3$s %1$s", this.path, GROUP, mode);
		return HolderProcess.start(List.of("sh", "-c", "umask 077; exec \"$@\"", "sh"), this.path, "{pid}")
			.awaitOutput("acquired");
	}

	private void setAcl(Foreign foreign, String acl) {
		String set = foreign.ask("acl", this.path.resolveSibling("."), "default", acl);
		Assumptions.assumeTrue(set.equals("set"), "this file system has no ACLs: " + set);
	}

	private static List<String> unprivileged(String groups) {
		Assumptions.assumeTrue(Shell.succeeds("setpriv", "--version"), "setpriv is not installed");
		String capabilities = "-chown,-fowner,-fsetid,-dac_override,-dac_read_search";
		return List.of("setpriv", groups, "--bounding-set", capabilities, "--inh-caps", capabilities);
	}

	private ChildJvm hold(List<String> unprivileged, String mode) throws IOException {
		Shell.script("mkdir %1$s && : > %2$s && chgrp %3$s %2$s && chmod %4$s %2$s", this.path.getParent(), this.path,
				GROUP, mode);
		List<String> prefix = new ArrayList<>(unprivileged);
		prefix.addAll(List.of("sh", "-c", "umask 077; exec \"$@\"", "sh"));
		return HolderProcess.start(prefix, this.path, "{pid}").awaitOutput("acquired");
	}

	private void assertOwners(String mode, String group) throws IOException {
		assertThat(KernelLocks.isLocked(this.path)).isTrue();
		assertThat(Shell.run("stat", "-c", "%a %g", this.path.toString())).isEqualTo(mode + " " + group);
	}

}
