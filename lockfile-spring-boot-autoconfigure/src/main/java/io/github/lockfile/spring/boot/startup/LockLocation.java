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
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.PlaceholderResolutionException;

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

	private static final String WINDOWS_DRIVE = "(?s)[A-Za-z]:.*";

	private static final String RELATIVE_TO_DRIVE = "(?s)[A-Za-z]:(?:[^\\\\/].*)?";

	private static final String WINDOWS_SHARE = "\\\\";

	static LockLocation of(LockFileProperties properties, SpringApplication application, Environment environment) {
		String configured = properties.getPath();
		LockLocation location = (configured != null)
				? new LockLocation(path(PROPERTY, configured, LiteralValue.refusal(PROPERTY, configured, environment)),
						false)
				: new LockLocation(
						temporaryDirectory().resolve(ApplicationName.of(application, environment).fileName(".lock")),
						true);
		refuseMissingDirectory(location.path());
		refusePidFile(environment, location.path());
		return location;
	}

	/**
	 * Refuses a relative path that leads nowhere. The instance has another working
	 * directory than it should have, or the path begins with something that others should
	 * have replaced: a directory that is made for it has no lock of another instance.
	 */
	private static void refuseMissingDirectory(Path path) {
		Path normal = path.normalize();
		if (path.getRoot() == null && normal.getNameCount() > 1
				&& !new FileSystemResource(normal.getName(0)).exists()) {
			throw new InvalidConfigurationPropertyValueException(PROPERTY, path.toString(),
					("It is relative, and '%s' is not in the working directory '%s'. Use an absolute path, or create "
							+ "the directory.")
						.formatted(normal.getName(0), Path.of("").toAbsolutePath()));
		}
	}

	private static Path temporaryDirectory() {
		String directory = System.getProperty("java.io.tmpdir", "");
		String reason = LiteralValue.refusal(directory);
		return path("java.io.tmpdir", directory,
				(reason != null) ? reason + " The default of 'lockfile.path' is in it." : null);
	}

	private static Path path(String property, String path, @Nullable String refusal) {
		String reason = (refusal != null) ? refusal
				: refusal(path, System.getProperty("os.name", "").startsWith("Windows"));
		if (reason != null) {
			throw new InvalidConfigurationPropertyValueException(property, path, reason);
		}
		try {
			return Path.of(path);
		}
		catch (InvalidPathException ex) {
			throw new InvalidConfigurationPropertyValueException(property, path, ex.getReason() + ".");
		}
	}

	static @Nullable String refusal(String path, boolean windows) {
		if (!windows && (path.startsWith(WINDOWS_SHARE) || path.matches(WINDOWS_DRIVE)
				|| (path.indexOf('\\') >= 0 && path.indexOf('/') < 0))) {
			return "It is a Windows path, but this is not Windows.";
		}
		if (windows && path.matches(RELATIVE_TO_DRIVE)) {
			return "It is relative to the current directory of a drive. In a properties file, write '/' or two "
					+ "backslashes.";
		}
		return (path.indexOf(':') >= 0 && path.matches(URL)) ? "It is a URL. Use a path." : null;
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
			// Spring reports this property itself; there is no path to compare with.
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
