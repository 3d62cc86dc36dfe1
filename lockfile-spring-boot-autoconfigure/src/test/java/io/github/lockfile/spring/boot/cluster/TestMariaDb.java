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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.lockfile.testsupport.Shell;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * MariaDB as installed on this machine.
 */
final class TestMariaDb extends TestEngine {

	private final List<String> options;

	private final Path data;

	private @Nullable Process server;

	TestMariaDb(Path directory, String... options) {
		super(directory);
		this.options = List.of(options);
		this.data = directory.resolve("mariadb");
	}

	static boolean isAvailable() {
		return Shell.succeeds("mariadbd", "--version") && Shell.succeeds("which", "mariadb-install-db");
	}

	@Override
	String url(String host, int port) {
		return "jdbc:mariadb://%s:%d/?user=keeper&password=tEst-s3cret".formatted(host, port);
	}

	@Override
	void start() {
		try {
			String me = System.getProperty("user.name");
			// A server that starts deletes the temporary tables of all others in there.
			String temporary = "--tmpdir=" + Files.createDirectories(this.directory.resolve("temporary"));
			if (Files.notExists(this.data)) {
				Shell.run("mariadb-install-db", "--no-defaults", "--user=" + me, "--skip-test-db",
						"--auth-root-authentication-method=normal", "--datadir=" + this.data, temporary);
			}
			Path users = Files.writeString(this.directory.resolve("users.sql"),
					"CREATE USER IF NOT EXISTS keeper@'%' IDENTIFIED BY 'tEst-s3cret';\nGRANT ALL ON *.* TO keeper@'%';\n");
			List<String> command = new ArrayList<>(List.of("mariadbd", "--no-defaults", "--user=" + me,
					"--datadir=" + this.data, temporary, "--port=" + this.port, "--bind-address=127.0.0.1",
					"--socket=" + this.directory.resolve("s"), "--pid-file=" + this.directory.resolve("pid"),
					"--init-file=" + users, "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"));
			command.addAll(this.options);
			this.server = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(this.directory.resolve("mariadb.log").toFile())
				.start();
			Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> {
				try (Connection connection = connect()) {
					return connection.isValid(1);
				}
			});
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Process server() {
		if (this.server == null) {
			throw new IllegalStateException("not started");
		}
		return this.server;
	}

	@Override
	long pid() {
		return server().pid();
	}

	@Override
	void crash() {
		server().destroyForcibly();
		Awaitility.await().atMost(PATIENCE).until(() -> !server().isAlive());
	}

	@Override
	void terminateHolder(String name) {
		String id = value("select is_used_lock('lockfile:%s')".formatted(name));
		if (id != null) {
			execute("kill connection " + id);
		}
	}

	@Override
	int holders(String name) {
		return (value("select is_used_lock('lockfile:%s')".formatted(name)) != null) ? 1 : 0;
	}

	@Override
	String uptimeQuery() {
		return "select variable_value from information_schema.global_status where variable_name = 'UPTIME'";
	}

	@Override
	public void close() {
		if (this.server == null) {
			return;
		}
		this.server.destroy();
		try {
			if (!this.server.waitFor(20, TimeUnit.SECONDS)) {
				this.server.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return "MariaDB";
	}

}
