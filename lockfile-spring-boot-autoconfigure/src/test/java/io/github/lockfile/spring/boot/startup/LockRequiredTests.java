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

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

import io.github.lockfile.LockFile;
import io.github.lockfile.spring.boot.autoconfigure.LockFileAutoConfiguration;
import io.github.lockfile.spring.boot.failure.StartRefusedException;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * The application asks for a lock: it has one, or does not run.
 */
@ExtendWith(OutputCaptureExtension.class)
class LockRequiredTests extends LockPathTestCase {

	@ParameterizedTest
	@ValueSource(strings = { "on", "yes", "1", " true ", "TRUE" })
	void theLockIsHeldAndWatchedHoweverItIsRequested(String enabled) {
		try (ConfigurableApplicationContext context = run(Plain.class, "--lockfile.enabled=" + enabled)) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(context.getBean("lockFileWatch")).isNotNull();
			assertThat(context.getBean("lockfileHealthIndicator")).isNotNull();
		}
	}

	@Test
	void theLockIsHeldAndWatchedWithoutAutoConfiguration() {
		try (ConfigurableApplicationContext context = run(Plain.class,
				"--spring.autoconfigure.exclude=" + LockFileAutoConfiguration.class.getName())) {
			assertThat(Outsider.isRefused(this.path)).isTrue();
			assertThat(context.getBean(LockFileWatch.class).isHeld()).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { PathTooLate.class, OffTooLate.class, MisspeltTooLate.class, ClusterTooLate.class })
	void aLatePropertyWithAnotherValueIsRefused(Class<?> source, CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(source));
		assertThat(output).contains("APPLICATION FAILED TO START", "lockfile.").doesNotContain("\tat ");
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	@Test
	void enablingTheLockTooLateIsRefused(CapturedOutput output) {
		assertThatExceptionOfType(StartRefusedException.class)
			.isThrownBy(() -> new SpringApplicationBuilder(OnTooLate.class).web(WebApplicationType.NONE)
				.properties("lockfile.enabled=false")
				.run());
		assertThat(output).contains("'lockfile.enabled' was set to 'true'", "'@PropertySource' is too late");
	}

	@Test
	void aLatePropertyWithTheSameValueIsAccepted() {
		try (ConfigurableApplicationContext context = run(SameLate.class, "--lockfile.timeout=7s")) {
			assertThat(context.isRunning()).isTrue();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void withoutOurListenerItDoesNotRun(CapturedOutput output) {
		SpringApplication application = application(Plain.class);
		application.setListeners(List.of());
		assertThatExceptionOfType(StartRefusedException.class).isThrownBy(() -> outsideTests(application::run));
		assertThat(output).contains("'lockfile.enabled' asks for a lock, but none has been taken");
		assertThat(this.path).doesNotExist();
	}

	@Test
	void withoutASpringApplicationItDoesNotRun() {
		assertThatExceptionOfType(StartRefusedException.class)
			.isThrownBy(() -> outsideTests(() -> new AnnotationConfigApplicationContext(Plain.class)));
	}

	@Test
	void theLockOfAParentCounts() {
		try (ConfigurableApplicationContext parent = run(Plain.class)) {
			try (ConfigurableApplicationContext child = outsideTests(() -> {
				AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
				context.setParent(parent);
				context.register(Plain.class);
				context.refresh();
				return context;
			})) {
				assertThat(child.getBean(LockFileWatch.class)).isSameAs(parent.getBean(LockFileWatch.class));
			}
			assertThat(Outsider.isRefused(this.path)).as("the child leaves its parent the lock").isTrue();
		}
	}

	@Test
	void aTestNeedsNoLock() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LockFile.class));
	}

	@Test
	void offMeansOff() {
		SpringApplication application = application(Plain.class);
		application.setListeners(List.of());
		try (ConfigurableApplicationContext context = outsideTests(() -> application.run("--lockfile.enabled=off"))) {
			assertThat(context.getBeanProvider(LockFileWatch.class).getIfAvailable()).isNull();
			assertThat(this.path).doesNotExist();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "3.5.7", "2.7.18", "0.1.0" })
	void anOldSpringBootIsRefused(String version) {
		assertThatExceptionOfType(StartRefusedException.class)
			.isThrownBy(() -> LockFileApplicationListener.requireSpringBoot4(version))
			.withMessage("Lockfile needs Spring Boot 4.0 or later, but this is Spring Boot %s.".formatted(version));
	}

	@ParameterizedTest
	@ValueSource(strings = { "4.0.0", "4.1.2", "10.0.0" })
	void aSupportedSpringBootIsAccepted(String version) {
		assertThatNoException().isThrownBy(() -> LockFileApplicationListener.requireSpringBoot4(version));
		assertThatNoException().isThrownBy(() -> LockFileApplicationListener.requireSpringBoot4(null));
	}

	private ConfigurableApplicationContext outsideTests(Supplier<ConfigurableApplicationContext> start) {
		// Nothing of a test framework is on the stack of another thread.
		CompletableFuture<ConfigurableApplicationContext> started = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				started.complete(start.get());
			}
			catch (RuntimeException ex) {
				started.completeExceptionally(ex);
			}
		});
		thread.start();
		try {
			return started.join();
		}
		catch (CompletionException ex) {
			throw (RuntimeException) ex.getCause();
		}
	}

	private SpringApplication application(Class<?> source) {
		return new SpringApplicationBuilder(source).web(WebApplicationType.NONE)
			.properties("lockfile.path=" + this.path)
			.build();
	}

	private ConfigurableApplicationContext run(Class<?> source, String... args) {
		return application(source).run(args);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@PropertySource("classpath:/late/path.properties")
	static class PathTooLate {

	}

	@Configuration(proxyBeanMethods = false)
	@PropertySource("classpath:/late/cluster.properties")
	static class ClusterTooLate {

	}

	@Configuration(proxyBeanMethods = false)
	@PropertySource("classpath:/late/off.properties")
	static class OffTooLate {

	}

	@Configuration(proxyBeanMethods = false)
	@PropertySource("classpath:/late/misspelt.properties")
	static class MisspeltTooLate {

	}

	@Configuration(proxyBeanMethods = false)
	@PropertySource("classpath:/enabled.properties")
	static class OnTooLate {

	}

	@Configuration(proxyBeanMethods = false)
	@PropertySource("classpath:/late/same.properties")
	static class SameLate {

	}

}
