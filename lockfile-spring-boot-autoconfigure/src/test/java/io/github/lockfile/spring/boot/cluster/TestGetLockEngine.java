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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * MariaDB or MySQL.
 */
abstract class TestGetLockEngine extends TestEngine {

	private final List<String> options;

	final Path data;

	private @Nullable Process server;

	TestGetLockEngine(Path directory, String... options) {
		super(directory);
		this.options = List.of(options);
		this.data = directory.resolve("data");
	}

	/**
	 * Makes the data directory.
	 * @param common what the server is told, too
	 */
	abstract void initialize(List<String> common);

	/**
	 * Returns the command of the server.
	 * @return its path
	 */
	abstract String server();

	/**
	 * Returns the table of the status variables.
	 * @return its name
	 */
	abstract String status();

	@Override
	final double statements() {
		return Double.parseDouble(String
			.valueOf(value("select variable_value from %s where variable_name = 'Questions'".formatted(status()))));
	}

	@Override
	final String uptimeQuery() {
		// Whole seconds: it may be almost one less.
		return "select variable_value - 1 from %s where variable_name = 'Uptime'".formatted(status());
	}

	@Override
	final void start() {
		try {
			// A server that starts deletes the temporary tables of all others in there.
			Path temporary = Files.createDirectories(this.directory.resolve("temporary"));
			List<String> common = List.of("--no-defaults", "--user=" + System.getProperty("user.name"),
					"--datadir=" + this.data, "--tmpdir=" + temporary);
			if (Files.notExists(this.data)) {
				initialize(common);
			}
			Path users = Files.writeString(this.directory.resolve("users.sql"), """
					CREATE USER IF NOT EXISTS keeper@'%' IDENTIFIED BY 'tEst-s3cret';
					GRANT ALL ON *.* TO keeper@'%';
					""");
			List<String> command = new ArrayList<>(prefix());
			command.add(server());
			command.addAll(common);
			command.addAll(List.of("--port=" + this.port, "--bind-address=127.0.0.1",
					"--socket=" + this.directory.resolve("s"), "--pid-file=" + this.directory.resolve("pid"),
					"--init-file=" + users, "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"));
			command.addAll(this.options);
			this.server = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(this.directory.resolve("log").toFile())
				.start();
			awaitConnection();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Process process() {
		if (this.server == null) {
			throw new IllegalStateException("not started");
		}
		return this.server;
	}

	@Override
	final long pid() {
		return process().pid();
	}

	@Override
	final void crash() {
		process().destroyForcibly();
		Awaitility.await().atMost(PATIENCE).until(() -> !process().isAlive());
	}

	private static String holder(String name) {
		return "is_used_lock(concat('lockfile:', left(sha2('io.github.lockfile:%s', 256), 16)))"
			.formatted(name.replace("\\", "\\\\").replace("'", "''"));
	}

	@Override
	final void terminateHolder(String name) {
		String id = value("select " + holder(name));
		if (id != null) {
			execute("kill connection " + id);
		}
	}

	@Override
	final void cancelStatement(String name) {
		execute("kill query " + value("select " + holder(name)));
	}

	@Override
	final int holders(String name) {
		return (value("select " + holder(name)) != null) ? 1 : 0;
	}

	@Override
	public final void close() {
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

}
