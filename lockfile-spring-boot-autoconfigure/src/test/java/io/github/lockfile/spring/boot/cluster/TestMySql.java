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

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.lockfile.testsupport.Shell;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * MySQL 8 from a Maven repository, for Linux on x86_64 with libaio and libnuma.
 */
final class TestMySql extends TestGetLockEngine {

	private static final String ARCHIVE = "/mysql-Linux-amd64.tar.gz";

	TestMySql(Path directory, String... options) {
		super(directory, options);
	}

	static void assumeAvailable() {
		assumeTrue(
				"Linux".equals(System.getProperty("os.name")) && "amd64".equals(System.getProperty("os.arch"))
						&& Shell.succeeds("sh", "-c",
								"libraries=$(/sbin/ldconfig -p) && echo \"$libraries\" | grep -q 'libaio.so.1 '"
										+ " && echo \"$libraries\" | grep -q 'libnuma.so.1 '"),
				"there is no MySQL for tests on this platform, or no libaio and libnuma");
	}

	@Override
	String url(String host, int port) {
		return "jdbc:mysql://%s:%d/?user=keeper&password=tEst-s3cret".formatted(host, port);
	}

	@Override
	void initialize(List<String> common) {
		Path home = this.directory.resolve("mysql");
		Path archive = this.directory.resolve("mysql.tar.gz");
		try (InputStream in = TestMySql.class.getResourceAsStream(ARCHIVE)) {
			if (in == null) {
				throw new IllegalStateException("There is no " + ARCHIVE);
			}
			Files.copy(in, archive);
			Files.createDirectory(home);
			Files.createDirectory(this.data);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Shell.run("tar", "-xzf", archive.toString(), "-C", home.toString());
		List<String> command = new ArrayList<>(List.of(server()));
		command.addAll(common);
		command.add("--initialize-insecure");
		Shell.run(command.toArray(String[]::new));
	}

	@Override
	String server() {
		return this.directory.resolve("mysql/bin/mysqld").toString();
	}

	@Override
	String status() {
		return "performance_schema.global_status";
	}

	@Override
	public String toString() {
		return "MySQL";
	}

}
