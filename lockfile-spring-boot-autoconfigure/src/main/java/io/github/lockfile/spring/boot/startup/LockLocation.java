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

package io.github.lockfile.spring.boot.startup;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.system.SystemProperties;
import org.springframework.core.env.Environment;
import org.springframework.util.PlaceholderResolutionException;
import org.springframework.util.StringUtils;

/**
 * Where the lock file is. Refuses values that are meant to be something other than a
 * path: they would become the name of a file that guards nothing.
 *
 * @param path the path
 * @param isDefault whether it was not configured
 */
record LockLocation(Path path, boolean isDefault) {

	private static final String PROPERTY = "lockfile.path";

	private static final String URL = "(?s)[A-Za-z][A-Za-z0-9+.*-]+:.*";

	private static final String WINDOWS_DRIVE = "(?s)[A-Za-z]:[\\\\/].*";

	private static final String WINDOWS_SHARE = "\\\\";

	static LockLocation of(LockFileProperties properties, SpringApplication application, Environment environment) {
		String configured = properties.getPath();
		LockLocation location = StringUtils.hasLength(configured) ? new LockLocation(configured(configured), false)
				: new LockLocation(Path.of(System.getProperty("java.io.tmpdir"),
						ApplicationName.of(application, environment).fileName(".lock")), true);
		refusePidFile(environment, location.path());
		return location;
	}

	private static Path configured(String path) {
		String reason = refusal(path, System.getProperty("os.name", "").startsWith("Windows"));
		if (reason != null) {
			throw new InvalidConfigurationPropertyValueException(PROPERTY, path, reason);
		}
		try {
			return Path.of(path);
		}
		catch (InvalidPathException ex) {
			throw new InvalidConfigurationPropertyValueException(PROPERTY, path, ex.getReason() + ".");
		}
	}

	private static @Nullable String refusal(String path, boolean windows) {
		if (path.contains("${")) {
			return "Its placeholder cannot be resolved.";
		}
		if (!path.equals(path.strip())) {
			return "It begins or ends with white space.";
		}
		if (path.startsWith("~")) {
			return "Only a shell replaces '~'. Use '${user.home}'.";
		}
		boolean colon = path.indexOf(':') >= 0;
		if (!windows && (path.startsWith(WINDOWS_SHARE) || (colon && path.matches(WINDOWS_DRIVE)))) {
			return "It is a Windows path, but this is not Windows.";
		}
		if (colon && path.matches(URL)) {
			return "It is a URL. Use a path.";
		}
		return null;
	}

	private static void refusePidFile(Environment environment, Path path) {
		refuseSame("spring.pid.file", configured(environment, "spring.pid.file"), path);
		refuseSame("spring.pidfile", configured(environment, "spring.pidfile"), path);
		refuseSame("PIDFILE", SystemProperties.get("PIDFILE"), path);
	}

	private static @Nullable String configured(Environment environment, String property) {
		try {
			return environment.getProperty(property);
		}
		catch (PlaceholderResolutionException ex) {
			// Not ours to report, and no path that we could use.
			return null;
		}
	}

	private static void refuseSame(String property, @Nullable String pidFile, Path path) {
		if (pidFile == null || pidFile.indexOf('\0') != -1) {
			return;
		}
		if (Path.of(pidFile).toAbsolutePath().normalize().equals(path.toAbsolutePath().normalize())) {
			throw new InvalidConfigurationPropertyValueException(property, pidFile,
					"It is also the lock file, and writing a PID file there drops the lock. The lock file already records "
							+ "the process ID, so remove this setting or choose another path.");
		}
	}

}
