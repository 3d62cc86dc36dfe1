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

package io.github.lockfile.spring.boot.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.Shell;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * MariaDB as installed on this machine.
 */
final class TestMariaDb extends TestGetLockEngine {

	TestMariaDb(Path directory, String... options) {
		super(directory, options);
	}

	static void assumeAvailable() {
		assumeTrue(Shell.succeeds("mariadbd", "--version") && Shell.succeeds("which", "mariadb-install-db"),
				"MariaDB is not installed");
	}

	@Override
	String url(String host, int port) {
		return "jdbc:mariadb://%s:%d/?user=keeper&password=tEst-s3cret".formatted(host, port);
	}

	@Override
	void initialize(List<String> common) {
		List<String> command = new ArrayList<>(List.of("mariadb-install-db"));
		command.addAll(common);
		command.addAll(List.of("--skip-test-db", "--auth-root-authentication-method=normal"));
		Shell.run(command.toArray(String[]::new));
	}

	@Override
	String server() {
		return "mariadbd";
	}

	@Override
	String status() {
		return "information_schema.global_status";
	}

	@Override
	public String toString() {
		return "MariaDB";
	}

}
